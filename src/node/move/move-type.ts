import type { ObjectType } from '#contracts'
import { flowLog, type SubmissionReport, submit } from '#flows'
import type { Session } from '#gate'
import {
  type DateOnly,
  isFdpError,
  type Json,
  type JsonObject,
  msBetween,
  type OdsCode,
  type PurposeId,
  type SubjectId,
} from '#kernel'
import type { RemoteOntology, RemoteType } from '#ports'
import type { Adapters } from '../adapters.ts'
import {
  asInSource,
  keepEdits,
  keptEdits,
  makeAgain,
  mayMakeAgain,
  type PendingEdit,
  pendingOf,
} from '../pending-edits.ts'
import type { Tenant } from '../tenant.ts'
import { keepPage, nextOf, pagesSource } from './fetched-pages.ts'
import type { MoveStore, TypeProgress } from './move-progress.ts'

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
  /** A reason, where the purpose asks for one. */
  readonly justification?: string
  progress?(label: string, done: number, total: number | null): void
}

/** A move on its way. */
export interface Moving extends MoveInput {
  readonly store: MoveStore
  /** Of whoever moves, for edits that are made again. */
  readonly session: Session
  /** What the other server said at the beginning. */
  readonly edits: readonly JsonObject[]
  /** Ids there of edits that are pending here. */
  readonly again: Set<string>
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

/** What the other server names and does not give (to somebody with figures alone, say) keeps nothing else back. */
export async function moveUnlessRefused(input: Moving, type: ObjectType, there: RemoteType): Promise<MovedType> {
  try {
    return await moveType(input, type, there)
  } catch (error) {
    if (!isFdpError(error, 'FDP_REMOTE_REFUSED')) throw error
    return { object: type.name, read: 0, published: 0, whole: false, says: 'the other server refuses its objects' }
  }
}

async function moveType(input: Moving, type: ObjectType, there: RemoteType): Promise<MovedType> {
  const columns = type.properties.map(({ name }) => name).filter((name) => Object.hasOwn(there.properties, name))
  const before = await submittedBefore(input, type)
  const progress = before?.progress ?? (await fetchPages(input, type, columns))
  const more = Object.keys(there.properties).length - columns.length
  const left = more > 0 ? `${more} properties have no place here: not taken` : ''
  return await finishType(input, type, { columns, progress, before, left })
}

export interface FetchedType {
  readonly columns: readonly string[]
  readonly progress: TypeProgress
  readonly before: { readonly report: SubmissionReport } | null
  /** What stayed there. */
  readonly left: string
}

/** Submits what was read to its end, unless that was done before. */
export async function finishType(
  input: Moving,
  type: ObjectType,
  { columns, progress, before, left }: FetchedType,
): Promise<MovedType> {
  const read = progress.pages.reduce((sum, { rows }) => sum + rows, 0)
  if (read === 0) return { object: type.name, read, published: 0, says: left, whole: true }
  const report = before?.report ?? (await submitPages(input, type, columns, progress))
  const rules = report.findings.filter(({ severity }) => severity !== 'WARN').map(({ rule }) => rule)
  const again = await editAgain(input, progress)
  const { published } = report.rows
  const whole = published === read
  const why = whole
    ? ''
    : `${report.outcome === 'refused' ? 'refused whole' : 'rows stayed out'}: ${[...new Set(rules)]}`
  return {
    object: type.name,
    read,
    published,
    whole,
    says: [why, again, left].filter((part) => part !== '').join('; '),
  }
}

/** What became of a type in an earlier run; null where it has to be read again, or for the first time. */
export async function submittedBefore({ tenant, store }: Moving, { apiName }: ObjectType) {
  const progress = store.type(apiName)
  if (!progress?.submission) return null
  const report = (await flowLog(tenant.ledger)).outcomes.get(progress.submission)
  const read = progress.pages.reduce((sum, { rows }) => sum + rows, 0)
  if (report && report.rows.published === read) return { progress, report }
  await store.setType(apiName, null)
  return null
}

/** Reads to the end from where it stopped; begins anew where that place is gone. */
async function fetchPages(input: Moving, type: ObjectType, columns: readonly string[]): Promise<TypeProgress> {
  const { adapters, store } = input
  const known = store.type(type.apiName)
  const isFresh = known && (known.ended || msBetween(known.begun, adapters.clock.now()) < placeMsMax)
  if (known && !isFresh) await beginAnew(store, type.apiName, known)
  try {
    return await fetchFrom(input, type, columns)
  } catch (error) {
    const gone = store.type(type.apiName)
    if (!isFdpError(error, 'FDP_REMOTE_PAGE_TOKEN') || gone === null) throw error
    await beginAnew(store, type.apiName, gone)
    return await fetchFrom(input, type, columns)
  }
}

async function beginAnew(store: MoveStore, name: string, progress: TypeProgress): Promise<void> {
  await store.setType(name, null)
  await store.dropPages(progress)
}

async function fetchFrom(
  moving: Moving,
  { name, apiName }: ObjectType,
  columns: readonly string[],
): Promise<TypeProgress> {
  const { remote, store, pageRows, progress: tell } = moving
  let progress = store.type(apiName) ?? (await begin(moving, name))
  const edits = Map.groupBy<Json, PendingEdit>(await keptEdits(store.pages, progress.edits), (edit) => edit.primaryKey)
  const last = progress.pages.at(-1)
  let pageToken = last && !progress.ended ? await nextOf(store.pages, last.blob) : null
  let rows = progress.pages.reduce((sum, page) => sum + page.rows, 0)
  for (let pages = progress.pages.length; !progress.ended; pages++) {
    if (pages >= pagesMax) throw new Error('a type without an end')
    const page = await remote.page({ type: apiName, select: columns, pageSize: pageRows, pageToken })
    const objects = page.objects.map((object) => asInSource(object, edits))
    const kept = await keepPage(store.pages, columns, { ...page, objects })
    pageToken = page.nextPageToken
    progress = { ...progress, pages: [...progress.pages, kept], ended: pageToken === null }
    await store.setType(apiName, progress)
    rows += kept.rows
    tell?.(`${apiName}: read`, rows, null)
  }
  return progress
}

/** Edits that whoever moves may make again go back to what the source says, and are made again once it is in. */
async function begin({ adapters, store, session, edits }: Moving, object: string): Promise<TypeProgress> {
  const again = pendingOf(edits, object).filter((edit) => mayMakeAgain(session, edit))
  const blob = await keepEdits(store.pages, again)
  return { begun: adapters.clock.now(), pages: [], ended: false, submission: null, edits: blob }
}

async function editAgain(moving: Moving, progress: TypeProgress): Promise<string> {
  const { store, session, remote, adapters, justification } = moving
  const edits = await keptEdits(store.pages, progress.edits)
  const of = { address: remote.address, now: adapters.clock.now(), ...(justification ? { justification } : {}) }
  const pending = await makeAgain(session, edits, of)
  if (pending === edits.length) for (const { id } of edits) moving.again.add(id)
  return edits.length === 0 ? '' : `${pending} of ${edits.length} edits wait for their source here too`
}

async function submitPages(
  { tenant, store, subject, purpose, progress: tell }: Moving,
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
