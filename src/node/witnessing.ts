import { mkdir, readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { TenantId } from '#kernel'
import { formatVerifierKey, makeVerifierKey, noteAlgorithms, openWitness, type Witness } from '#ledger'
import type { Adapters } from './adapters.ts'
import { nodeErrors } from './errors.ts'
import type { TenantProfile } from './profile.ts'
import { clearRestored, isRestored } from './restore.ts'
import type { Tenant } from './tenant.ts'

/** A witness's name in cosignatures. */
export function witnessName(tenant: TenantId): string {
  return `openfdp.example/${tenant}/witness`
}

/** The verifier keys of all tenants of a home folder as witnesses, so that each knows whose cosignature to take. */
export async function witnessKeys(root: string, adapters: Adapters): Promise<string[]> {
  const keys: string[] = []
  for (const name of (await readdir(root)).sort()) {
    const profile: TenantProfile | null = await readFile(join(root, name, 'tenant.json'), 'utf8').then(
      (text) => JSON.parse(text),
      () => null,
    )
    if (!profile) continue
    const { publicKey } = await adapters.openKeys(join(root, name, 'keys'), profile.id)
    keys.push(formatVerifierKey(makeVerifierKey(witnessName(profile.id), noteAlgorithms.cosignatureV1, publicKey)))
  }
  return keys
}

/** A tenant in its part as witness of the others. */
export async function openTenantWitness(
  folder: string,
  tenant: Pick<Tenant, 'profile' | 'keys'>,
  adapters: Adapters,
): Promise<Witness> {
  const store = join(folder, 'witness')
  await mkdir(store, { recursive: true, mode: 0o700 })
  const { clock } = adapters
  return openWitness({
    name: witnessName(tenant.profile.id),
    keys: tenant.keys,
    clock,
    store: adapters.openWitnessStore(store),
  })
}

/** Every tenant shows its checkpoint to every other and keeps the cosignatures. FDP_LEDGER_WITNESS_CONFLICT stops it. */
export async function witnessAll(tenants: ReadonlyMap<string, Tenant>): Promise<void> {
  for (const tenant of tenants.values()) {
    const { ledger, profile } = tenant
    const lost = await recordedLoss(tenant)
    const checkpoint = ledger.checkpoint()
    const size = ledger.size
    for (const other of tenants.values()) {
      if (other.profile.id === profile.id) continue
      const seen = await other.witness.seen(ledger.origin)
      // After a signed recovery the witness keeps the lost tree as evidence and cosigns no other under this name.
      if (seen > size || (seen > 0 && seen <= lost)) continue
      const consistencyProof = seen === 0 ? [] : await ledger.consistencyProof(seen, size)
      const { origin, vkey } = ledger
      await ledger.addCosignature(await other.witness.cosign({ origin, vkey, checkpoint, consistencyProof }))
    }
  }
}

/**
 * Refuses reads of a tenant whose ledger ends before what some witness has seen: it was put back to an earlier state.
 * A recovery that an officer signed after that point settles it.
 */
export async function checkAgainstWitnesses(tenant: Tenant, tenants: ReadonlyMap<string, Tenant>): Promise<void> {
  const { ledger, profile } = tenant
  const lost = await recordedLoss(tenant)
  for (const other of tenants.values()) {
    if (other.profile.id === profile.id) continue
    const seen = await other.witness.seen(ledger.origin)
    if (seen <= Math.max(ledger.size, lost)) continue
    const witness = other.profile.id
    tenant.setStandstill(nodeErrors('FDP_NODE_BEHIND', { tenant: profile.id, size: ledger.size, witness, seen }))
    return
  }
  if (isRestored(tenant) && tenants.size < 2 && lost === 0) {
    tenant.setStandstill(nodeErrors('FDP_NODE_RESTORED', { tenant: profile.id }))
    return
  }
  await clearRestored(tenant)
  tenant.setStandstill(null)
}

/** The largest tree of a tenant's ledger that any witness here has seen. */
export async function largestSeen(tenant: Tenant, tenants: ReadonlyMap<string, Tenant>): Promise<number> {
  const others = [...tenants.values()].filter((other) => other.profile.id !== tenant.profile.id)
  const sizes = await Promise.all(others.map((other) => other.witness.seen(tenant.ledger.origin)))
  return Math.max(0, ...sizes)
}

/** The largest size that a signed recovery in this ledger admits to have lost. */
async function recordedLoss({ ledger }: Tenant): Promise<number> {
  let lost = 0
  for await (const { type, governance } of ledger.entries()) {
    if (type === 'recovery.signed' && typeof governance.witnessed === 'number')
      lost = Math.max(lost, governance.witnessed)
  }
  return lost
}
