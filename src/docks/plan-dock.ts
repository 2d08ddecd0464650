import type { FlowDeps } from '#flows'
import { type DateOnly, type FdpError, type Instant, isFdpError } from '#kernel'
import type { DroppedFile, FileDrop } from '#ports'
import { agendaOf, type Day } from './agenda.ts'
import { type Dock, type FromAnswers, type FromFiles, replacesAll } from './declaration.ts'
import { isComplete } from './delivery.ts'
import type { DockDeps } from './dock-deps.ts'
import { dockLog } from './dock-log.ts'
import { dockErrors } from './errors.ts'
import { nameOfDay } from './schedule.ts'

/** What a look at a dock leads to, day by day. */
export type Action =
  | { readonly kind: 'submit'; readonly day: DateOnly; readonly file: DroppedFile }
  | { readonly kind: 'ask'; readonly day: DateOnly }
  /** The deadline passed and nothing was published: said once. */
  | { readonly kind: 'overdue'; readonly day: DateOnly }
  /** The file speaks of a day before the one that is published: said once for each such file, which stays where it is. */
  | { readonly kind: 'superseded'; readonly day: DateOnly; readonly file: DroppedFile }
  | { readonly kind: 'fail'; readonly day: DateOnly; readonly error: FdpError }

type Found = Exclude<Action, { readonly kind: 'overdue' }>

/** What there is to do now, oldest day first. Looks and does nothing; another system is not asked, but its files are listed. */
export async function planOf(dock: Dock, deps: DockDeps): Promise<readonly Action[]> {
  const { ledger, clock } = deps.flows
  const now = clock.now()
  const days = agendaOf(dock, await dockLog(ledger), now)
  const overdue = days.filter((each) => isNewlyOverdue(each, now)).map(({ day }) => ({ kind: 'overdue', day }) as const)
  const { from } = dock
  const found = from.kind === 'files' ? await left(dock, from, deps, days, now) : asked(dock, from, deps, days, now)
  return [...overdue.filter(({ day }) => !found.some((each) => each.kind !== 'fail' && each.day === day)), ...found]
}

async function left(
  dock: Dock,
  from: FromFiles,
  deps: DockDeps,
  days: readonly Day[],
  now: Instant,
): Promise<readonly Found[]> {
  const files = await listed(() => dropOf(dock, from, deps))
  if (!isFdpError(files)) {
    const found = days.flatMap((day) => filesOf(dock, from, deps, day, files, now))
    return (await Promise.all(found.map((each) => withAll(dock, from, deps, each, files, now)))).flat()
  }
  const [oldest] = days.filter(({ state }) => state !== 'published' && state !== 'late' && state !== 'superseded')
  return oldest ? [{ kind: 'fail', day: oldest.day, error: files }] : []
}

/** A file of a delivery with a manifest is taken once all of it is there. */
async function withAll(
  dock: Dock,
  from: FromFiles,
  deps: DockDeps,
  found: Found,
  files: readonly DroppedFile[],
  now: Instant,
): Promise<readonly Found[]> {
  const { manifest } = from
  if (manifest === null || found.kind !== 'submit') return [found]
  const { day } = found
  const drop = dropOf(dock, from, deps)
  const complete = await isComplete({ dock, from: { ...from, manifest }, day, drop, watch: deps.watch, now }, files)
  if (isFdpError(complete)) return [{ kind: 'fail', day, error: complete }]
  return complete ? [found] : []
}

/** Where a dock's files lie. */
export function dropOf({ id }: Dock, { connection, place }: FromFiles, deps: DockDeps): FileDrop {
  if (connection === null) return deps.openDrop(place)
  const drop = deps.connection(connection).drop?.(place)
  if (!drop) throw dockErrors('FDP_DOCK_CONNECTION', { dock: id, connection, what: 'files' })
  return drop
}

async function listed(drop: () => FileDrop): Promise<readonly DroppedFile[] | FdpError> {
  try {
    return await drop().list()
  } catch (error) {
    if (isFdpError(error)) return error
    throw error
  }
}

export const sumEnding = '.sha256'

function filesOf(
  dock: Dock,
  from: FromFiles,
  { watch, flows }: DockDeps,
  { day, log }: Day,
  files: readonly DroppedFile[],
  now: Instant,
): readonly Found[] {
  if (!watch.mayTry(dock.id, day, now)) return []
  const file = files.find(({ name }) => name === nameOfDay(from.pattern, day))
  if (!file || !watch.isStill(dock.id, file, from.stillSeconds, now) || watch.isDealtWith(dock.id, file, now)) return []
  if (from.sums && !files.some(({ name }) => name === `${file.name}${sumEnding}`)) return []
  const published = publishedDay(dock, flows)
  if (published === null || day >= published || !replacesAll(dock)) return [{ kind: 'submit', day, file }]
  const known = [log.supersededAt, log.deliveries.at(-1)?.at ?? null].filter((at) => at !== null)
  return known.some((at) => at >= file.modifiedAt) ? [] : [{ kind: 'superseded', day, file }]
}

/**
 * Of a type that is told whole only the last day can be asked for, as nobody answers today how things stood a week ago; and
 * it is not asked for where a later one is published.
 */
function asked(
  dock: Dock,
  { everyMinutes }: FromAnswers,
  { watch, flows }: DockDeps,
  days: readonly Day[],
  now: Instant,
): readonly Found[] {
  const last = days.at(-1)
  const published = publishedDay(dock, flows)
  const asking = days.filter((each) => {
    if (replacesAll(dock) && (each !== last || (published !== null && each.day < published))) return false
    if (!watch.mayTry(dock.id, each.day, now)) return false
    const isThere = each.log.deliveries.some(({ outcome }) => outcome === 'published')
    return !isThere || (each === last && everyMinutes !== null && watch.mayAsk(dock.id, everyMinutes, now))
  })
  return asking.map(({ day }) => ({ kind: 'ask', day }))
}

/** The day that the controller's current rows speak of; null where there are none. */
function publishedDay({ object, controller }: Dock, { governance }: FlowDeps): DateOnly | null {
  const mine = governance
    .catalogue()
    .publications()
    .filter((each) => each.object === object && each.controller === controller)
  return (
    mine
      .map(({ asAt }) => asAt)
      .sort()
      .at(-1) ?? null
  )
}

function isNewlyOverdue({ deadline, log }: Day, now: Instant): boolean {
  const isThere = log.supersededAt !== null || log.deliveries.some(({ outcome }) => outcome === 'published')
  return now >= deadline && log.overdueAt === null && !isThere
}
