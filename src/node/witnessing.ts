import { existsSync } from 'node:fs'
import { mkdir, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { fromHex, type Instant, isFdpError, limits, msBetween, type TenantId } from '#kernel'
import {
  formatVerifierKey,
  type Ledger,
  makeVerifierKey,
  noteAlgorithms,
  openCheckpoint,
  openWitness,
  parseVerifierKey,
  statedTime,
  verifyConsistency,
  type Witness,
} from '#ledger'
import type { Peer, WitnessedTree } from '#ports'
import type { Adapters } from './adapters.ts'
import { nodeErrors } from './errors.ts'
import { readProfile } from './profile.ts'
import { recordedLoss } from './recovery.ts'
import { clearRestored, isRestored } from './restored-mark.ts'
import type { Tenant } from './tenant.ts'

/** A witness's name in cosignatures. */
export function witnessName(tenant: TenantId): string {
  return `openfdp.example/${tenant}/witness`
}

/** The verifier keys of all tenants of a home folder as witnesses, so that each knows whose cosignature to take. */
export async function witnessKeys(root: string, adapters: Adapters): Promise<string[]> {
  const keys: string[] = []
  for (const name of (await readdir(root)).sort()) {
    if (!existsSync(join(root, name, 'tenant.json'))) continue
    const profile = await readProfile(join(root, name))
    const { publicKey } = await adapters.openKeys(join(root, name, 'keys'), profile.id)
    keys.push(formatVerifierKey(makeVerifierKey(witnessName(profile.id), noteAlgorithms.cosignatureV1, publicKey)))
  }
  return keys
}

/** A witness of this home folder; to the others it is a peer like one elsewhere. */
export interface TenantWitness extends Witness, Peer {}

/** Everybody who watches a tenant's ledger: the other tenants here, and peers outside. */
function peersOf(
  { profile }: Pick<Tenant, 'profile'>,
  tenants: ReadonlyMap<string, Tenant>,
  outside: readonly Peer[],
): Peer[] {
  const here = [...tenants.values()].filter((other) => other.profile.id !== profile.id)
  return [...here.map(({ witness }) => witness), ...outside]
}

/** A tenant in its part as witness of the others. */
export async function openTenantWitness(
  folder: string,
  tenant: Pick<Tenant, 'profile' | 'keys'>,
  adapters: Adapters,
): Promise<TenantWitness> {
  await mkdir(join(folder, 'witness'), { recursive: true, mode: 0o700 })
  const store = adapters.openWitnessStore(join(folder, 'witness'))
  const { clock } = adapters
  const witness = openWitness({ name: witnessName(tenant.profile.id), keys: tenant.keys, clock, store })
  return { ...witness, name: witnessName(tenant.profile.id), remembered: (origin) => store.read(origin) }
}

/** Every tenant shows its checkpoint to every other and keeps the cosignatures. FDP_LEDGER_WITNESS_CONFLICT stops it. */
export async function witnessAll(tenants: ReadonlyMap<string, Tenant>, outside: readonly Peer[] = []): Promise<void> {
  for (const tenant of tenants.values()) {
    const { ledger } = tenant
    if (tenant.standstill() !== null) continue
    const checkpoint = ledger.checkpoint()
    const size = ledger.size
    for (const peer of peersOf(tenant, tenants, outside)) {
      const seen = (await peer.remembered(ledger.origin))?.size ?? 0
      if (seen > size) continue
      const consistencyProof = seen === 0 ? [] : await ledger.consistencyProof(seen, size)
      const { origin, vkey } = ledger
      try {
        const line = await peer.cosign({ origin, vkey, checkpoint, consistencyProof })
        await ledger.addCosignature(line)
        checkClock(tenant, peer, statedTime(line))
      } catch (error) {
        // After a signed recovery the witness keeps the lost tree as evidence and cosigns no other under this name.
        const settled = isFdpError(error, 'FDP_LEDGER_WITNESS_CONFLICT') && seen <= (await recordedLoss(ledger))
        if (!settled) throw error
      }
    }
  }
}

/**
 * Law 4: with the clock too far from a witness's, grants would live longer or shorter than they say, so reads are refused
 * until the node is started again with the clock put right.
 */
function checkClock({ profile, flows, setStandstill }: Tenant, peer: Peer, theirs: Instant): void {
  const ours = flows.clock.now()
  const seconds = Math.round(Math.abs(msBetween(ours, theirs)) / 1000)
  if (seconds * 1000 <= limits.witnessClockMsMax) return
  setStandstill(nodeErrors('FDP_NODE_CLOCK', { tenant: profile.id, witness: peer.name, seconds }))
}

/**
 * Refuses reads, and every entry, of a tenant whose ledger does not hold the whole tree that some witness has seen: it
 * was put back to an earlier state, or rewritten. A recovery that an officer signed for that tree settles it.
 */
export async function checkAgainstWitnesses(
  tenant: Tenant,
  tenants: ReadonlyMap<string, Tenant>,
  outside: readonly Peer[] = [],
): Promise<void> {
  const { ledger, profile } = tenant
  const lost = await recordedLoss(ledger)
  const peers = peersOf(tenant, tenants, outside)
  for (const peer of peers) {
    const seen = await peer.remembered(ledger.origin)
    if (seen === null || seen.size <= lost || (await continues(ledger, seen))) continue
    const about = { tenant: profile.id, witness: peer.name, seen: seen.size }
    const behind = seen.size > ledger.size
    tenant.setStandstill(
      behind ? nodeErrors('FDP_NODE_BEHIND', { ...about, size: ledger.size }) : nodeErrors('FDP_NODE_FORKED', about),
    )
    return
  }
  if (isRestored(tenant) && peers.length === 0) {
    tenant.setStandstill(nodeErrors('FDP_NODE_RESTORED', { tenant: profile.id }))
    return
  }
  await clearRestored(tenant)
  tenant.setStandstill(null)
}

/** Size alone says little: a ledger that was put back grows again, with other entries in the places of the lost ones. */
async function continues(ledger: Ledger, seen: WitnessedTree): Promise<boolean> {
  if (seen.vkey !== ledger.vkey || seen.size > ledger.size) return false
  if (seen.size === 0) return true
  const { size, root } = openCheckpoint(ledger.checkpoint(), parseVerifierKey(ledger.vkey)).checkpoint
  return verifyConsistency(seen.size, size, await ledger.consistencyProof(seen.size, size), fromHex(seen.root), root)
}

/** The largest tree of a tenant's ledger that any witness here has seen. */
export async function largestSeen(tenant: Tenant, tenants: ReadonlyMap<string, Tenant>): Promise<number> {
  const { origin } = tenant.ledger
  const seen = await Promise.all(peersOf(tenant, tenants, []).map((peer) => peer.remembered(origin)))
  return Math.max(0, ...seen.map((tree) => tree?.size ?? 0))
}
