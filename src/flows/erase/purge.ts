import type { DataPurged } from '#governance'
import type { JsonObject } from '#kernel'
import { storing } from '../stores.ts'
import type { FlowDeps } from '../submission.ts'

const namedMax = 200

export interface Purged {
  readonly lake?: readonly string[]
  readonly vault?: readonly string[]
  readonly blobs?: DataPurged['blobs']
}

/**
 * Puts on record what nobody opens any more, in as many entries as it takes, in the order given. What is said there is
 * destroyed by `destroyPurged`, or by the sweep of the next start.
 */
export async function recordPurged(
  { ledger }: Pick<FlowDeps, 'ledger'>,
  because: DataPurged['because'],
  { lake = [], vault = [], blobs = [] }: Purged,
): Promise<void> {
  const parts = Math.ceil(Math.max(lake.length, vault.length, blobs.length) / namedMax)
  for (let part = 0; part < parts; part++) {
    const cut = <T>(all: readonly T[]) => all.slice(part * namedMax, (part + 1) * namedMax)
    const governance = { version: 1, because, lake: cut(lake), vault: cut(vault), blobs: cut(blobs) }
    await storing('ledger', 'publish', () =>
      ledger.append({ type: 'data.purged', governance: governance as unknown as JsonObject }),
    )
  }
}

/**
 * Destroys versions that no entry names any more, and first the keys of whatever is not named in backups. Returns how many
 * files or segments wait for a lease to end; their copies do not.
 */
export async function destroyPurged(deps: FlowDeps): Promise<{ leased: number }> {
  const { lake, vault, governance } = deps
  await deps.destroyBackupKeys()
  const named = governance.catalogue().namedManifests()
  const swept = [await lake.sweep(named.lake), await vault.sweep(named.vault)]
  return { leased: swept.reduce((sum, { leased }) => sum + leased, 0) }
}
