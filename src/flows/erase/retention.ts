import { type Move, neededLongest, type Publication } from '#governance'
import { addMs, type Instant, type PurposeId } from '#kernel'
import { flowLog } from '../flow-log.ts'
import { queueOf } from '../queue.ts'
import type { FlowDeps } from '../submission.ts'
import { destroyPurged, recordPurged } from './purge.ts'
import { aboutPeople } from './traces.ts'

/** For how many days something stays; null: for good. */
export interface RetentionDays {
  /** The bytes of a submission, after it was published or refused. */
  readonly landed: number | null
  readonly quarantine: number | null
  /** A version of lake or vault, after another one took its place. What is current never expires. */
  readonly versions: number | null
}

export type RetentionKind = keyof RetentionDays

/** What stays how long: for every object type, and for some otherwise. */
export interface RetentionRules {
  readonly days: RetentionDays
  readonly types: Readonly<Record<string, Partial<RetentionDays>>>
}

export interface Expiring {
  readonly kind: RetentionKind
  /** Null: of the vault, which is of all types. */
  readonly object: string | null
  /** Blob or manifest. */
  readonly id: string
  readonly since: Instant
  /** Of a version whose time is over for every purpose: the one that needed it for longest. Null: by the tenant's own rule. */
  readonly purpose: PurposeId | null
  /** Legal holds that keep it. */
  readonly holds: readonly string[]
}

const dayMs = 86_400_000

/**
 * What has outlived its rule, or the time of every purpose that may use it, held or not. A hold on a person keeps all that may hold them: everything of types about
 * people, and the vault.
 */
export async function planRetention(deps: FlowDeps, rules: RetentionRules | null): Promise<readonly Expiring[]> {
  const now = deps.clock.now()
  const isDue = (days: number | null, since: Instant) => days !== null && addMs(since, days * dayMs) <= now
  const found = [...(await blobsAt(deps)), ...(await versionsAt(deps))]
  return found.flatMap((each) => {
    const { kind, object, since } = each
    const needed = kind === 'versions' ? longestFor(deps, object, now) : null
    const isOver = needed !== null && isDue(needed.days, since)
    if (!isOver && !(rules && isDue(daysFor(rules, kind, object), since))) return []
    return [{ ...each, purpose: isOver ? needed.purpose : null, holds: holdsOf(deps, object) }]
  })
}

/** Destroys what the plan lists and no hold keeps; each rule's entry says what. Returns what went. */
export async function runRetention(deps: FlowDeps, rules: RetentionRules | null): Promise<readonly Expiring[]> {
  return await queueOf(deps.ledger).run(async () => {
    const due = (await planRetention(deps, rules)).filter(({ holds }) => holds.length === 0)
    const idsOf = (kind: RetentionKind) => due.filter((each) => each.kind === kind)
    for (const kind of ['landed', 'quarantine'] as const) {
      const blobs = [...new Set(idsOf(kind).map(({ id }) => id))].map((blob) => ({ blob, now: null }))
      await recordPurged(deps, { rule: kind }, { blobs })
      for (const { blob } of blobs) await deps.blobs.delete(blob)
    }
    for (const [purpose, versions] of Map.groupBy(idsOf('versions'), (each) => each.purpose)) {
      const lake = versions.filter(({ object }) => object !== null).map(({ id }) => id)
      const vault = versions.filter(({ object }) => object === null).map(({ id }) => id)
      const because = purpose === null ? { rule: 'versions' } : { rule: 'purposes', purpose }
      await recordPurged(deps, because, { lake: [...new Set(lake)], vault: [...new Set(vault)] })
    }
    if (due.length > 0) await destroyPurged(deps)
    return due
  })
}

/** The vault is one for all types: it stays for as long as the longest of them. */
function daysFor({ days, types }: RetentionRules, kind: RetentionKind, object: string | null): number | null {
  if (object !== null) return types[object]?.[kind] === undefined ? days[kind] : types[object][kind]
  const all = [days[kind], ...Object.values(types).flatMap((each) => (each[kind] === undefined ? [] : [each[kind]]))]
  return all.includes(null) ? null : Math.max(...(all as number[]))
}

/** Versions of the vault are of all types of which there are data: one that somebody needs for good keeps them. */
function longestFor({ governance }: FlowDeps, object: string | null, at: Instant) {
  const state = governance.state()
  if (object !== null) return neededLongest(state, object, at)
  const all = [...state.dataSets.keys()].map((each) => neededLongest(state, each, at))
  return all.reduce((a, b) => (a === null || b === null ? null : a.days >= b.days ? a : b), all[0] ?? null)
}

function holdsOf({ governance }: FlowDeps, object: string | null): readonly string[] {
  const isAboutPeople = object === null || aboutPeople().includes(object)
  return [...governance.state().holds.values()]
    .filter(({ objects, liftedAt }) => {
      if (liftedAt !== null) return false
      return objects === null ? isAboutPeople : object === null || objects.includes(object)
    })
    .map(({ id }) => id)
}

type Found = Omit<Expiring, 'holds' | 'purpose'>

/** Blobs of submissions that have their outcome, since then. One that several share stays for as long as any of them. */
async function blobsAt({ ledger }: FlowDeps): Promise<readonly Found[]> {
  const { received, outcomes, blobs } = await flowLog(ledger)
  const found: Found[] = []
  const ends = new Map<string, Instant | null>()
  for (const { submission, blob } of received.values()) {
    const outcome = outcomes.get(submission)
    const end = outcome ? (await ledger.entry(outcome.entry)).time : null
    const known = ends.get(blob)
    ends.set(blob, known === undefined ? end : laterOf(known, end))
  }
  for (const { object, blob } of received.values()) {
    const since = ends.get(blob)
    if (since && blobs.has(blob)) found.push({ kind: 'landed', object, id: blob, since })
  }
  for (const { object, quarantine, entry } of outcomes.values()) {
    if (quarantine === null || !blobs.has(quarantine)) continue
    found.push({ kind: 'quarantine', object, id: quarantine, since: (await ledger.entry(entry)).time })
  }
  return found
}

/** Null: not ended yet. */
function laterOf(a: Instant | null, b: Instant | null): Instant | null {
  if (a === null || b === null) return null
  if (a < b) return b
  return a
}

/** Versions that are not current, since another one took their place. */
async function versionsAt({ ledger, governance }: FlowDeps): Promise<readonly Found[]> {
  const catalogue = governance.catalogue()
  const current = new Set([...catalogue.currentLakes(), catalogue.vaultManifest()])
  const found = new Map<string, Found>()
  const changes: (Publication | Move)[] = [...catalogue.history, ...catalogue.moves].sort((a, b) => a.entry - b.entry)
  for (const change of changes) {
    const { time: since } = await ledger.entry(change.entry)
    for (const { object, id } of replacedBy(change)) {
      const isGone = id === null || current.has(id) || catalogue.purgedBy(id) !== null
      if (!isGone) found.set(id, { kind: 'versions', object, id, since })
    }
  }
  return [...found.values()]
}

function replacedBy(change: Publication | Move): readonly { object: string | null; id: string | null }[] {
  const vault = change.vault === null ? [] : [{ object: null, id: change.replaces.vault }]
  if ('lakes' in change) return [...vault, ...change.lakes.map(({ object, replaces }) => ({ object, id: replaces }))]
  const also = (change.also ?? []).map(({ object, replaces }) => ({ object, id: replaces }))
  return [...vault, { object: change.object, id: change.replaces.lake }, ...also]
}
