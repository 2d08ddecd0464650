import { identityProperties, type ObjectType, objectTypes, personPath } from '#contracts'
import { flowLog, type SubmissionReport, submit } from '#flows'
import { decide } from '#governance'
import { type DateOnly, dateOf, isFdpError, msBetween, type OdsCode, type PurposeId, type SubjectId } from '#kernel'
import type { RemoteOntology, RemoteType } from '#ports'
import type { Adapters } from '../adapters.ts'
import type { Tenant } from '../tenant.ts'
import { moveErrors } from './errors.ts'
import { keepPage, nextOf, pagesSource } from './fetched-pages.ts'
import { keepLinks } from './keep-links.ts'
import { MoveStore, type TypeProgress } from './move-progress.ts'

export const movedType = 'tenant.moved-in'

/** The other server's places expire after 24 hours; one that is nearly so old is not tried. */
const placeMsMax = 23 * 3_600_000
const pagesMax = 1_000_000

export interface MoveInput {
  readonly tenant: Tenant
  readonly remote: RemoteOntology
  readonly adapters: Adapters
  /** Who submits here, for what. */
  readonly subject: SubjectId
  readonly purpose: PurposeId
  /** Whose data it is: the tenant's own controller unless said. */
  readonly controller?: OdsCode
  /** The day that it speaks of: today unless said. */
  readonly asAt?: DateOnly
  /** Names of object types; all that both sides have, if left out. */
  readonly types: readonly string[]
  readonly pageRows: number
  readonly resume: boolean
  progress?(label: string, done: number, total: number | null): void
}

export interface MovedType {
  readonly object: string
  /** Objects that the other server gave, and rows published here. */
  readonly read: number
  readonly published: number
  /** Why they differ, or what stayed behind; without a value. */
  readonly says: string
  readonly whole: boolean
}

/**
 * Reads every object type of another server that this tenant knows, page by page of a snapshot, and submits each as its
 * controller's snapshot, patients first. Pages are kept encrypted until they are submitted, so that a run that ends half
 * way goes on where it stopped. Links that follow from properties come with them; others are kept apart.
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
  const moved: MovedType[] = []
  for (const { type, there } of chosen) moved.push(await moveUnlessRefused(input, store, type, there))
  const { kept, refused } = await keepLinks(remote, store, served)
  const edits = await remote.pendingEdits()
  const rows = moved.reduce((sum, { published }) => sum + published, 0)
  const governance = {
    ...{ version: 1, by: subject, purpose, from: { address: remote.address, ontology: remote.ontology } },
    ...{ types: moved.length, whole: moved.filter(({ whole }) => whole).length, rows },
    linksKept: kept.reduce((sum, { pairs }) => sum + pairs, 0),
    editsPendingThere: edits?.length ?? null,
  }
  await tenant.ledger.append({ type: movedType, governance })
  await store.sweep()
  const unknown = served.filter(({ apiName }) => !objectTypes().some((type) => type.apiName === apiName))
  return [
    ...moved,
    ...kept.map(({ type, link, pairs }) => ({
      ...{ object: type, read: 0, published: 0, whole: true },
      says: `${pairs} pairs of the link ${link} are kept apart: no property here holds them`,
    })),
    ...[...countBy(edits ?? [], ({ object }) => String(object))].map(([object, count]) => ({
      ...{ object, read: 0, published: 0, whole: true },
      says: `${count} edits wait for their source there and came as values: see that the source has them, or do them again here`,
    })),
    ...refused.map(({ type, link }) => ({
      ...{ object: type, read: 0, published: 0, whole: true },
      says: `the other server does not list the link ${link}, which no property here holds: not kept`,
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
function typesToMove({ types, tenant, subject, purpose }: MoveInput, served: readonly RemoteType[]) {
  const { governance, flows } = tenant
  const mayNot = (object: string) =>
    !decide(
      governance.state(),
      { subject, purpose, object, columns: 'all-permitted', action: 'submit', at: flows.clock.now() },
      governance.policies,
    ).allowed
  const distance = (type: ObjectType) => (type.name === 'Patient' ? -1 : personPath(type).length)
  const chosen = objectTypes().flatMap((type) => {
    const there = served.find(({ apiName }) => apiName === type.apiName)
    const asked = types.length === 0 || types.includes(type.apiName) || types.includes(type.name)
    return there && asked && !mayNot(type.name) ? [{ type, there }] : []
  })
  if (chosen.length === 0) throw moveErrors('FDP_MOVE_NOTHING')
  for (const { type, there } of chosen) checkLevel(type, there)
  return chosen.sort((a, b) => distance(a.type) - distance(b.type))
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

/** What the other server names and does not give (to somebody with figures alone, say) keeps nothing else back. */
async function moveUnlessRefused(
  input: MoveInput,
  store: MoveStore,
  type: ObjectType,
  there: RemoteType,
): Promise<MovedType> {
  try {
    return await moveType(input, store, type, there)
  } catch (error) {
    if (!isFdpError(error, 'FDP_REMOTE_REFUSED')) throw error
    return { object: type.name, read: 0, published: 0, whole: false, says: 'the other server refuses its objects' }
  }
}

async function moveType(input: MoveInput, store: MoveStore, type: ObjectType, there: RemoteType): Promise<MovedType> {
  const columns = type.properties.map(({ name }) => name).filter((name) => Object.hasOwn(there.properties, name))
  const before = await submittedBefore(input, store, type)
  const progress = before?.progress ?? (await fetchPages(input, store, type, columns))
  const read = progress.pages.reduce((sum, { rows }) => sum + rows, 0)
  const more = Object.keys(there.properties).length - columns.length
  const left = more > 0 ? `${more} properties have no place here: not taken` : ''
  if (read === 0) return { object: type.name, read, published: 0, says: left, whole: true }
  const report = before?.report ?? (await submitPages(input, store, type, columns, progress))
  const rules = report.findings.filter(({ severity }) => severity !== 'WARN').map(({ rule }) => rule)
  const { published } = report.rows
  const whole = published === read
  const why = whole
    ? ''
    : `${report.outcome === 'refused' ? 'refused whole' : 'rows stayed out'}: ${[...new Set(rules)]}`
  return { object: type.name, read, published, whole, says: [why, left].filter((part) => part !== '').join('; ') }
}

/** What became of a type in an earlier run; null where it has to be read again, or for the first time. */
async function submittedBefore({ tenant }: MoveInput, store: MoveStore, { apiName }: ObjectType) {
  const progress = store.type(apiName)
  if (!progress?.submission) return null
  const report = (await flowLog(tenant.ledger)).outcomes.get(progress.submission)
  const read = progress.pages.reduce((sum, { rows }) => sum + rows, 0)
  if (report && report.rows.published === read) return { progress, report }
  await store.setType(apiName, null)
  return null
}

/** Reads to the end from where it stopped; begins anew where that place is gone. */
async function fetchPages(
  input: MoveInput,
  store: MoveStore,
  type: ObjectType,
  columns: readonly string[],
): Promise<TypeProgress> {
  const { adapters } = input
  const known = store.type(type.apiName)
  const isFresh = known && (known.ended || msBetween(known.begun, adapters.clock.now()) < placeMsMax)
  if (known && !isFresh) await beginAnew(store, type.apiName, known)
  try {
    return await fetchFrom(input, store, type, columns)
  } catch (error) {
    const gone = store.type(type.apiName)
    if (!isFdpError(error, 'FDP_REMOTE_PAGE_TOKEN') || gone === null) throw error
    await beginAnew(store, type.apiName, gone)
    return await fetchFrom(input, store, type, columns)
  }
}

async function beginAnew(store: MoveStore, name: string, progress: TypeProgress): Promise<void> {
  await store.setType(name, null)
  await store.dropPages(progress)
}

async function fetchFrom(
  { remote, adapters, pageRows, progress: tell }: MoveInput,
  store: MoveStore,
  { apiName }: ObjectType,
  columns: readonly string[],
): Promise<TypeProgress> {
  const begun = { begun: adapters.clock.now(), pages: [], ended: false, submission: null }
  let progress: TypeProgress = store.type(apiName) ?? begun
  const last = progress.pages.at(-1)
  let pageToken = last && !progress.ended ? await nextOf(store.pages, last.blob) : null
  let rows = progress.pages.reduce((sum, page) => sum + page.rows, 0)
  for (let pages = progress.pages.length; !progress.ended; pages++) {
    if (pages >= pagesMax) throw new Error('a type without an end')
    const page = await remote.page({ type: apiName, select: columns, pageSize: pageRows, pageToken })
    const kept = await keepPage(store.pages, columns, page)
    pageToken = page.nextPageToken
    progress = { ...progress, pages: [...progress.pages, kept], ended: pageToken === null }
    await store.setType(apiName, progress)
    rows += kept.rows
    tell?.(`${apiName}: read`, rows, null)
  }
  return progress
}

async function submitPages(
  { tenant, subject, purpose, progress: tell }: MoveInput,
  store: MoveStore,
  { name, apiName }: ObjectType,
  columns: readonly string[],
  progress: TypeProgress,
): Promise<SubmissionReport> {
  const { controller, asAt } = store.progress
  const told = tell && ((step: string, done: number, total: number | null) => tell(`${name}: ${step}`, done, total))
  const submission = {
    ...{ object: name, controller: controller as OdsCode, asAt: asAt as DateOnly, subject, purpose },
    ...{ dialect: { encoding: 'utf-8', delimiter: ',' } as const },
    source: pagesSource(store.pages, `${name}.csv`, columns, progress),
  }
  const report = await submit(submission, { ...tenant.flows, ...(told ? { progress: told } : {}) })
  await store.setType(apiName, { ...progress, submission: report.submission })
  await store.dropPages(progress)
  return report
}
