import { chmod } from 'node:fs/promises'
import { join } from 'node:path'
import type { Tenant } from '../tenant.ts'
import { copyDurably, filesBelow } from '../tree-copy.ts'
import type { ExportedFile } from './export-manifest.ts'
import { writeJsonLines } from './file-writer.ts'

/** The writer's own files, no part of a ledger. */
const notLedger = /^lock\b|\.tmp$/

/**
 * The ledger's files as they are, with the reads of this export in them: tiles, checkpoint, openings in clear, details
 * still encrypted under keys that stay. `./fdp ledger verify <folder>/ledger --vkey <of the manifest>` proves them from the files alone.
 */
export async function exportLedger(tenant: Tenant, to: string): Promise<ExportedFile[]> {
  const from = join(tenant.folder, 'ledger')
  return await tenant.quiet(async () => {
    await tenant.ledger.settle()
    const copied: ExportedFile[] = []
    for (const path of (await filesBelow(from)).filter((each) => !notLedger.test(each))) {
      const { bytes, sha256 } = await copyDurably(from, join(to, 'ledger'), path)
      await chmod(join(to, 'ledger', path), 0o600)
      copied.push({ path: `ledger/${path}`, bytes, sha256 })
    }
    return copied
  })
}

/** Everything that happened, and what it comes to: entries without their erasable parts, registers, live access. */
export async function exportGovernance(tenant: Tenant, to: string): Promise<ExportedFile[]> {
  const files = [await writeJsonLines(to, 'governance/entries.jsonl', entriesOf(tenant))]
  for (const [register, value] of Object.entries(tenant.governance.state())) {
    const lines = linesOf(value)
    if (lines && !derived.has(register)) {
      files.push(await writeJsonLines(to, `governance/state/${register}.jsonl`, lines))
    }
  }
  files.push(await writeJsonLines(to, 'governance/who-can-see.jsonl', tenant.accessNow()))
  return files
}

/** Indexes over the other registers. */
const derived = new Set(['grantsByHolderObject', 'grantsByHolder', 'teamsOf'])

async function* entriesOf({ ledger }: Tenant) {
  for await (const { index, time, type, governance } of ledger.entries()) yield { index, time, type, governance }
}

function linesOf(value: unknown): Iterable<unknown> | null {
  if (Array.isArray(value)) return value
  if (value === null || typeof value !== 'object') return null
  if (value instanceof Set) return value
  if (!('entries' in value) || typeof value.entries !== 'function') return null
  const entries = value.entries() as Iterable<readonly [string, unknown]>
  return [...entries].map(([id, of]) => ({ id, ...(Array.isArray(of) ? { versions: of } : { value: of }) }))
}
