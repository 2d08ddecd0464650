import { identityProperties, type ObjectType, objectTypes, personPath } from '#contracts'
import { decide } from '#governance'
import { dateOf } from '#kernel'
import type { RemoteType } from '#ports'
import { moveErrors } from './errors.ts'
import { isAsked, moveLinks } from './move-links.ts'
import { MoveStore } from './move-progress.ts'
import { type MovedType, type MoveInput, type Moving, moveUnlessRefused } from './move-type.ts'

export const movedType = 'tenant.moved-in'

/**
 * Reads every object type of another server that this tenant knows, page by page of a snapshot, and submits each as its
 * controller's snapshot, patients first. Pages are kept encrypted until they are submitted, so that a run that ends half
 * way goes on where it stopped. Links that follow from properties come with them, others as rows of a table.
 * FDP_MOVE_*, FDP_REMOTE_*, FDP_FLOWS_*.
 */
export async function moveIn(input: MoveInput): Promise<readonly MovedType[]> {
  const { tenant, remote, subject, purpose, adapters } = input
  const served = await remote.objectTypes()
  const chosen = typesToMove(input, served)
  const { controller = tenant.profile.controller, asAt = dateOf(adapters.clock.now()) } = input
  const from = { address: remote.address, ontology: remote.ontology, controller, asAt }
  const openBlobs = (folder: string) => adapters.openBlobs(folder, tenant.keys)
  const store = await MoveStore.open(tenant.folder, from, { resume: input.resume, openBlobs })
  checkSame(input, store)
  const { justification } = input
  await using session = await tenant.gate.open({ subject, purpose, ...(justification ? { justification } : {}) })
  const moving: Moving = { ...input, store, session, edits: (await remote.pendingEdits()) ?? [], again: new Set() }
  const moved: MovedType[] = []
  for (const { type, there } of chosen) moved.push(await moveUnlessRefused(moving, type, there))
  const links = await moveLinks(moving, served, {
    already: chosen.map(({ type }) => type.name),
    maySubmit: (object) => maySubmit(input, object),
  })
  moved.push(...links.moved)
  const edits = await remote.pendingEdits()
  const asValues = (edits ?? []).filter(({ id }) => !moving.again.has(String(id)))
  const rows = moved.reduce((sum, { published }) => sum + published, 0)
  const governance = {
    ...{ version: 1, by: subject, purpose, from: { address: remote.address, ontology: remote.ontology } },
    ...{ types: moved.length, whole: moved.filter(({ whole }) => whole).length, rows },
    linksKept: links.kept,
    edits: { madeAgain: moving.again.size, asValues: edits ? asValues.length : null },
  }
  await tenant.ledger.append({ type: movedType, governance })
  await store.sweep()
  const unknown = served.filter(({ apiName }) => !objectTypes().some((type) => type.apiName === apiName))
  return [
    ...moved,
    ...[...countBy(asValues, ({ object }) => String(object))].map(([object, count]) => ({
      ...{ object, read: 0, published: 0, whole: true },
      says: `${count} edits wait for their source there and came as values: see that the source has them, or do them again here`,
    })),
    ...unknown.map(({ apiName }) => ({
      ...{ object: apiName, read: 0, published: 0, whole: true },
      says: 'no such object type here: not taken',
    })),
  ]
}

function countBy<T>(items: readonly T[], of: (item: T) => string): ReadonlyMap<string, number> {
  const counts = new Map<string, number>()
  for (const item of items) counts.set(of(item), (counts.get(of(item)) ?? 0) + 1)
  return counts
}

/** Known here, shown there, asked for, and open to this person for submitting; what refers to others after them. */
function typesToMove(input: MoveInput, served: readonly RemoteType[]) {
  const distance = (type: ObjectType) => (type.name === 'Patient' ? -1 : personPath(type).length)
  const chosen = objectTypes().flatMap((type) => {
    const there = served.find(({ apiName }) => apiName === type.apiName)
    if (type.origin === 'derived') return []
    return there && isAsked(type, input) && maySubmit(input, type.name) ? [{ type, there }] : []
  })
  if (chosen.length === 0) throw moveErrors('FDP_MOVE_NOTHING')
  for (const { type, there } of chosen) checkLevel(type, there)
  return chosen.sort((a, b) => distance(a.type) - distance(b.type))
}

function maySubmit({ tenant: { governance, flows }, subject, purpose }: MoveInput, object: string): boolean {
  return decide(
    governance.state(),
    { subject, purpose, object, columns: 'all-permitted', action: 'submit', at: flows.clock.now() },
    governance.policies,
  ).allowed
}

/** Below identifiable level a server shows tokens for keys; taken in, they would be patients who exist nowhere. */
function checkLevel(type: ObjectType, there: RemoteType): void {
  if (type.name !== 'Patient') return
  const identity = identityProperties(type).filter(({ name }) => Object.hasOwn(there.properties, name))
  if (identity.length === 0) throw moveErrors('FDP_MOVE_LEVEL')
}

function checkSame({ controller, asAt }: MoveInput, { progress }: MoveStore): void {
  const same = (controller ?? progress.controller) === progress.controller && (asAt ?? progress.asAt) === progress.asAt
  if (!same) throw moveErrors('FDP_MOVE_OTHER', { controller: progress.controller, asAt: progress.asAt })
}
