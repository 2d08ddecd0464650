import {
  decideErasure,
  type Erasure,
  erasurePolicyFiles,
  holdsOnObjects,
  openPolicyEngine,
  type PolicyEngine,
} from '#governance'
import type { EntryIndex, JsonObject } from '#kernel'
import { recordKeySecrets } from '#privacy'
import { queueOf } from '../queue.ts'
import { storing } from '../stores.ts'
import type { FlowDeps } from '../submission.ts'
import { eraseBlobs } from './erase-blobs.ts'
import { eraseDetails } from './erase-details.ts'
import { eraseRows } from './erase-rows.ts'
import { detailReason, erasureEntries, erasureLog } from './erasure-log.ts'
import { marksOf, recordMarks } from './kept-out.ts'
import { oldVersionsOf } from './old-versions.ts'
import { destroyPurged, recordPurged } from './purge.ts'
import { aboutPeople, type Erasing, findTraces } from './traces.ts'

/** What became of one order. `waiting`: somebody still reads a version that is to be destroyed. */
export interface ErasureRun {
  readonly erasure: string
  readonly outcome: 'done' | 'waiting' | 'refused'
  /** Of a refusal: what the policies say. */
  readonly reasons: readonly string[]
}

const engineDefault = { memoryLimitMb: 8_192, threads: 2 }

/**
 * Carries out every approved order that is not done, one after the other, in turn with submissions. Each step is on record
 * before it destroys anything, and looks first whether it was done: after a crash, or while a lease is open, it is called
 * again and goes on. An erasure that has begun is finished whatever is signed meanwhile.
 */
export async function eraseApproved(deps: FlowDeps): Promise<readonly ErasureRun[]> {
  if ((await toDo(deps)).length === 0) return []
  return await queueOf(deps.ledger).run(async () => {
    const policies = await openPolicyEngine(erasurePolicyFiles())
    const runs: ErasureRun[] = []
    for (const erasure of await toDo(deps)) {
      const run = await eraseOne(deps, erasure, policies)
      if (run) runs.push(run)
    }
    return runs
  })
}

/** Approved orders that are not done, or of which it is still known whom they were about; in order. */
async function toDo({ ledger, governance }: Pick<FlowDeps, 'ledger' | 'governance'>): Promise<readonly Erasure[]> {
  const { done, erasedDetails } = await erasureLog(ledger)
  return [...governance.state().erasures.values()]
    .filter(({ id, approved, ordered }) => approved !== null && !(done.has(id) && erasedDetails.has(ordered.entry)))
    .sort((a, b) => a.ordered.entry - b.ordered.entry)
}

/**
 * Legal holds in force on these persons, and on object types about people of which there are data: a person's rows go
 * together or not at all, so a hold on one type keeps everybody who may have rows in it.
 */
export async function holdsOn(
  deps: Pick<FlowDeps, 'ledger' | 'governance'>,
  persons: readonly string[],
): Promise<string[]> {
  const state = deps.governance.state()
  const types = aboutPeople().filter((object) => state.dataSets.has(object))
  const found = holdsOnObjects(state, types)
  for (const { id, objects, entry, liftedAt } of state.holds.values()) {
    if (liftedAt !== null || objects !== null) continue
    const held = await deps.ledger.persons(entry)
    // Where nobody can tell any more whom it keeps, it keeps everybody.
    if (held === null || held.some((person) => persons.includes(person))) found.push(id)
  }
  return found
}

/** Null where there is nothing left to do. */
async function eraseOne(deps: FlowDeps, erasure: Erasure, policies: PolicyEngine): Promise<ErasureRun | null> {
  const { id, ordered } = erasure
  const order = ordered.entry as EntryIndex
  const log = await erasureLog(deps.ledger)
  if (log.done.has(id)) {
    await forgetWhom(deps, erasure)
    return null
  }
  const persons = await deps.ledger.persons(order)
  if (persons === null) return { erasure: id, outcome: 'refused', reasons: ['whom it is about is not known any more'] }
  const begun = log.rowsErased.get(id)
  if (begun === undefined) {
    const answer = decideErasure(deps.governance.state(), erasure, await holdsOn(deps, persons), policies)
    const says = answer.policies.map((policy) => policy.says)
    if (!answer.allowed) return { erasure: id, outcome: 'refused', reasons: says }
  }
  await workThrough(deps, erasure, persons, begun)
  if ((await destroyPurged(deps)).leased > 0) return { erasure: id, outcome: 'waiting', reasons: [] }
  await complete(deps, erasure, policies)
  return { erasure: id, outcome: 'done', reasons: [] }
}

/** Everything up to the entries that say which versions are destroyed. */
async function workThrough(
  deps: FlowDeps,
  { id, ordered, later }: Erasure,
  persons: readonly string[],
  begun: number | undefined,
): Promise<void> {
  const now = deps.governance.catalogue()
  const before = begun === undefined ? now : now.at(begun - 1)
  const vault = before.vaultManifest()
  if (vault !== null && now.purgedBy(vault) !== null) return
  const engine = await deps.openEngine({ ...engineDefault, ...deps.engine, tempDirectory: null })
  try {
    const erasing: Erasing = { deps, id, entry: ordered.entry as EntryIndex, persons, before, engine }
    const traces = await findTraces(erasing)
    if (begun === undefined) {
      const marks = marksOf(traces.numbers, traces.keys, recordKeySecrets(deps.keys))
      const known = (await erasureLog(deps.ledger)).marked.has(id)
      if (later === 'keep-out' && !known) await recordMarks(deps, { erasure: id }, marks)
      await eraseRows(erasing)
    }
    await eraseBlobs(erasing, traces)
    await deps.eraseElsewhere?.({ erasure: id, numbers: traces.numbers, localIds: traces.localIds })
    await eraseDetails(erasing, traces)
    const old = await oldVersionsOf(erasing)
    await recordPurged(deps, { erasure: id }, old.others)
    // Last, and in one entry: what tells whom to look for is needed until all the rest is done.
    await recordPurged(deps, { erasure: id }, old.before)
  } finally {
    await engine.close()
  }
}

/** The record of destruction, and then whom it was about is forgotten too. */
async function complete(deps: FlowDeps, erasure: Erasure, { sha256 }: PolicyEngine): Promise<void> {
  const { id, ordered, approved, ground, later } = erasure
  const log = await erasureLog(deps.ledger)
  const counted = {
    rows: log.rows,
    details: log.details,
    blobs: log.blobs,
    versions: log.versions,
    messages: log.messages,
  }
  const governance: JsonObject = {
    ...{ version: 1, erasure: id, order: ordered.entry, approval: approved!.entry, ground, later, policies: sha256 },
    ...Object.fromEntries(Object.entries(counted).map(([name, counts]) => [name, counts.get(id) ?? 0])),
  }
  await storing('ledger', 'publish', () => deps.ledger.append({ type: erasureEntries.erased, governance }))
  await forgetWhom(deps, erasure)
}

async function forgetWhom({ ledger }: FlowDeps, { id, ordered }: Erasure): Promise<void> {
  const { state } = await ledger.detail(ordered.entry)
  if (state === 'present') await ledger.eraseDetail(ordered.entry, detailReason(id))
}
