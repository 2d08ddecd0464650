import { createHash } from 'node:crypto'
import { type FlowDeps, flowLog, type Submission, type SubmissionReport, submit } from '#flows'
import { type DateOnly, type FdpError, type Instant, isFdpError, type OdsCode } from '#kernel'
import type { DroppedFile, FileDrop, OpenFileDrop, Source } from '#ports'
import { agendaOf, type Day } from './agenda.ts'
import { type Dock, replacesAll } from './declaration.ts'
import { dockLog } from './dock-log.ts'
import type { DropWatch } from './drop-watch.ts'
import { dockErrors } from './errors.ts'
import { nameOfDay } from './schedule.ts'

export interface DockDeps {
  readonly flows: FlowDeps
  readonly openDrop: OpenFileDrop
  readonly watch: DropWatch
}

/** What a look at a dock leads to, day by day. */
export type Action =
  | { readonly kind: 'submit'; readonly day: DateOnly; readonly file: DroppedFile }
  /** The deadline passed and nothing was published: said once. */
  | { readonly kind: 'overdue'; readonly day: DateOnly }
  /** The file speaks of a day before the one that is published: said once for each such file, which stays where it is. */
  | { readonly kind: 'superseded'; readonly day: DateOnly; readonly file: DroppedFile }
  | { readonly kind: 'fail'; readonly day: DateOnly; readonly error: FdpError }

/** One thing that was done, in order. */
export interface Done {
  readonly day: DateOnly
  readonly what: 'published' | 'refused' | 'overdue' | 'superseded' | 'failed'
  readonly code: string | null
}

/** What there is to do now, oldest day first. Looks and does nothing. */
export async function planOf(dock: Dock, deps: DockDeps): Promise<readonly Action[]> {
  const { ledger, clock } = deps.flows
  const now = clock.now()
  const days = agendaOf(dock, await dockLog(ledger), now)
  const overdue = days.filter((each) => isNewlyOverdue(each, now)).map(({ day }) => ({ kind: 'overdue', day }) as const)
  const files = await listed(deps.openDrop(dock.drop))
  if (isFdpError(files)) {
    const [oldest] = days.filter(({ state }) => state !== 'published' && state !== 'late' && state !== 'superseded')
    return [...overdue, ...(oldest ? [{ kind: 'fail', day: oldest.day, error: files } as const] : [])]
  }
  const found = days.flatMap((day) => actionsOf(dock, deps, day, files, now))
  return [...overdue.filter(({ day }) => !found.some((each) => each.day === day)), ...found]
}

async function listed(drop: FileDrop): Promise<readonly DroppedFile[] | FdpError> {
  try {
    return await drop.list()
  } catch (error) {
    if (isFdpError(error)) return error
    throw error
  }
}

const sumEnding = '.sha256'

function actionsOf(
  dock: Dock,
  { watch, flows }: DockDeps,
  { day, log }: Day,
  files: readonly DroppedFile[],
  now: Instant,
): readonly Action[] {
  if (!watch.mayTry(dock.id, day, now)) return []
  const file = files.find(({ name }) => name === nameOfDay(dock.files, day))
  if (!file || !watch.isStill(dock.id, file, dock.stillSeconds, now) || watch.isDealtWith(dock.id, file, now)) return []
  if (dock.sums && !files.some(({ name }) => name === `${file.name}${sumEnding}`)) return []
  const published = publishedDay(dock, flows)
  if (published === null || day >= published || !replacesAll(dock)) return [{ kind: 'submit', day, file }]
  const known = [log.supersededAt, log.deliveries.at(-1)?.at ?? null].filter((at) => at !== null)
  return known.some((at) => at >= file.modifiedAt) ? [] : [{ kind: 'superseded', day, file }]
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

/**
 * Carries out what there is to do. Each action is an entry before the next one begins, so that a crash repeats at most
 * one, which then changes nothing (a file that went in already is the same submission).
 */
export async function runDock(dock: Dock, deps: DockDeps): Promise<readonly Done[]> {
  const done: Done[] = []
  for (const action of await planOf(dock, deps)) {
    const what = await carryOut(dock, deps, action)
    if (what) done.push(what)
  }
  return done
}

async function carryOut(dock: Dock, deps: DockDeps, action: Action): Promise<Done | null> {
  const { day } = action
  const { ledger, clock } = deps.flows
  const say = (type: string) => ledger.append({ type, governance: { version: 1, by: dock.by, dock: dock.id, day } })
  switch (action.kind) {
    case 'overdue':
      await say('dock.overdue')
      return { day, what: 'overdue', code: null }
    case 'superseded':
      await say('dock.superseded')
      deps.watch.dealtWith(dock.id, action.file, clock.now())
      return { day, what: 'superseded', code: null }
    case 'fail':
      return await fail(dock, deps, day, action.error)
    case 'submit':
      try {
        return await deliver(dock, deps, action)
      } catch (error) {
        if (!isFdpError(error)) throw error
        return await fail(dock, deps, day, error)
      }
  }
}

/** A failure that goes on is said once. */
async function fail(dock: Dock, deps: DockDeps, day: DateOnly, { code }: FdpError): Promise<Done> {
  const { ledger, clock } = deps.flows
  deps.watch.failed(dock.id, day, clock.now())
  if ((await dockLog(ledger)).day(dock.id, day).failing?.code !== code) {
    await ledger.append({ type: 'dock.failed', governance: { version: 1, by: dock.by, dock: dock.id, day, code } })
  }
  return { day, what: 'failed', code }
}

async function deliver(
  dock: Dock,
  deps: DockDeps,
  { day, file }: Extract<Action, { kind: 'submit' }>,
): Promise<Done | null> {
  const drop = deps.openDrop(dock.drop)
  const source = await drop.open(file.name)
  if (dock.sums) await checkSum(dock, day, source, await drop.open(`${file.name}${sumEnding}`))
  const { object, by, purpose } = dock
  const controller = dock.controller as OdsCode
  const about = { object, controller, asAt: day, source, subject: by, purpose, ...dock.how }
  const { submission, outcome, entry } = await submitted(about, dock, day, deps.flows)
  deps.watch.succeeded(dock.id, day)
  deps.watch.dealtWith(dock.id, file, deps.flows.clock.now())
  const known = (await dockLog(deps.flows.ledger)).day(dock.id, day).deliveries
  if (known.some((each) => each.submission === submission)) return null
  const governance = { version: 1, by, dock: dock.id, day, submission, outcome, entry }
  await deps.flows.ledger.append({ type: 'dock.delivered', governance })
  return { day, what: outcome, code: null }
}

/** A file that was sent before, and another one after it, is sent again to take that one's place. */
async function submitted(about: Submission, dock: Dock, day: DateOnly, flows: FlowDeps): Promise<SubmissionReport> {
  const report = await submit(about, flows)
  const latest = (await dockLog(flows.ledger)).day(dock.id, day).deliveries.at(-1)?.submission
  if (!report.repeated || latest === undefined) return report
  const { received } = await flowLog(flows.ledger)
  const isLatest = received.get(report.submission)?.blob === received.get(latest)?.blob
  return isLatest ? { ...report, submission: latest } : await submit({ ...about, corrects: latest }, flows)
}

async function checkSum(dock: Dock, day: DateOnly, source: Source, sum: Source): Promise<void> {
  const hash = createHash('sha256')
  for await (const chunk of source.open()) hash.update(chunk)
  let said = ''
  for await (const chunk of sum.open()) {
    said += Buffer.from(chunk).toString('latin1')
    if (said.length > 64) break
  }
  if (said.slice(0, 64).toLowerCase() !== hash.digest('hex')) {
    throw dockErrors('FDP_DOCK_SUM', { dock: dock.id, day })
  }
}
