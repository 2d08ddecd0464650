import { type FlowDeps, flowLog, type Submission, type SubmissionReport, submit } from '#flows'
import { type DateOnly, type FdpError, isFdpError, type OdsCode } from '#kernel'
import type { Answer, Question, Source } from '#ports'
import { agendaOf } from './agenda.ts'
import type { Dock } from './declaration.ts'
import { checkDelivery, sha256Of } from './delivery.ts'
import type { DockDeps } from './dock-deps.ts'
import { dockLog } from './dock-log.ts'
import { dockErrors } from './errors.ts'
import { type Action, dropOf, planOf, sumEnding } from './plan-dock.ts'
import { howLive } from './promotion.ts'

type Given = Extract<Action, { readonly kind: 'submit' | 'ask' }>

/** One thing that was done, in order. */
export interface Done {
  readonly day: DateOnly
  readonly what: 'published' | 'refused' | 'overdue' | 'superseded' | 'failed'
  readonly code: string | null
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
    case 'ask':
      try {
        return await deliver(dock, deps, action)
      } catch (error) {
        if (!isFdpError(error)) throw error
        return await fail(dock, deps, day, error)
      }
  }
}

/** A failure that goes on is said once; of a manifest in which place, which is made of fixed words and counts. */
async function fail(dock: Dock, deps: DockDeps, day: DateOnly, { code, params }: FdpError): Promise<Done> {
  const { ledger, clock } = deps.flows
  deps.watch.failed(dock.id, day, clock.now())
  const where = code === 'FDP_DOCK_MANIFEST' ? { where: String(params.where) } : {}
  const failing = (await dockLog(ledger)).day(dock.id, day).failing
  if (failing?.code !== code || failing.where !== (where.where ?? null)) {
    const governance = { version: 1, by: dock.by, dock: dock.id, day, code, ...where }
    await ledger.append({ type: 'dock.failed', governance })
  }
  return { day, what: 'failed', code }
}

async function deliver(dock: Dock, deps: DockDeps, action: Given): Promise<Done | null> {
  const { day } = action
  const how = await howLive(dock, deps.flows)
  const given = action.kind === 'submit' ? await filed(dock, deps, action) : await answered(dock, deps, day)
  const { object, by, purpose } = dock
  const controller = dock.controller as OdsCode
  const about = { object, controller, asAt: day, mode: dock.kind, subject: by, purpose, ...how, ...given }
  const { submission, outcome, entry } = await submitted(about, dock, day, deps.flows)
  const now = deps.flows.clock.now()
  // The other system gets time to mend what it says; another manifest may mend it without another file.
  const mayMend = outcome === 'refused' && (dock.from.kind === 'answers' || dock.from.manifest !== null)
  if (action.kind === 'submit' && !mayMend) deps.watch.dealtWith(dock.id, action.file, now)
  if (mayMend) deps.watch.failed(dock.id, day, now)
  else deps.watch.succeeded(dock.id, day)
  const known = (await dockLog(deps.flows.ledger)).day(dock.id, day).deliveries
  if (known.some((each) => each.submission === submission)) return null
  const governance = { version: 1, by, dock: dock.id, day, submission, outcome, entry }
  await deps.flows.ledger.append({ type: 'dock.delivered', governance })
  return { day, what: outcome, code: null }
}

async function filed(dock: Dock, deps: DockDeps, { day, file }: Extract<Given, { kind: 'submit' }>) {
  const { from } = dock
  if (from.kind !== 'files') throw new Error('a file of a dock that asks')
  const drop = dropOf(dock, from, deps)
  const source = await drop.open(file.name)
  if (from.sums) await checkSum(dock, day, source, await drop.open(`${file.name}${sumEnding}`))
  if (from.manifest === null) return { source }
  const expected = { dock, from: { ...from, manifest: from.manifest }, day, drop, watch: deps.watch }
  const rowsSaid = await checkDelivery({ ...expected, now: deps.flows.clock.now() }, source)
  return { source, ...(rowsSaid === null ? {} : { rowsSaid }) }
}

async function answered(dock: Dock, deps: DockDeps, day: DateOnly): Promise<Answer> {
  const { from, id } = dock
  if (from.kind !== 'answers') throw new Error('a question of a dock that takes files')
  const { connection, question: text } = from
  const other = deps.connection(connection)
  if (!other.ask) throw dockErrors('FDP_DOCK_CONNECTION', { dock: id, connection, what: 'answers' })
  deps.watch.asked(id, deps.flows.clock.now())
  return await other.ask({ text, day, before: await lastAnswer(dock, deps), note: deps.note(id) })
}

/** What was landed for the last day that something was published for, if it is still kept. */
async function lastAnswer(dock: Dock, { flows }: DockDeps): Promise<Question['before']> {
  // Events of a day are asked for by themselves.
  if (dock.kind === 'events') return null
  const { clock, ledger, blobs } = flows
  const log = await dockLog(ledger)
  const { received } = await flowLog(ledger)
  const published = agendaOf(dock, log, clock.now()).flatMap(({ day, log: { deliveries } }) =>
    deliveries.flatMap(({ outcome, submission }) => (outcome === 'published' ? [{ day, submission }] : [])),
  )
  const last = published.at(-1)
  const blob = last && received.get(last.submission)?.blob
  return blob && (await blobs.has(blob)) ? { day: last.day, open: () => blobs.open(blob) } : null
}

/** Bytes that were sent before, and others after them, are sent again to take those others' place. */
async function submitted(about: Submission, dock: Dock, day: DateOnly, flows: FlowDeps): Promise<SubmissionReport> {
  const report = await submit(about, flows)
  const latest = (await dockLog(flows.ledger)).day(dock.id, day).deliveries.at(-1)?.submission
  if (!report.repeated || latest === undefined) return report
  const { received } = await flowLog(flows.ledger)
  const blob = received.get(report.submission)?.blob
  if (blob === undefined || blob === received.get(latest)?.blob) return { ...report, submission: latest }
  return await submit({ ...about, source: again(about.source, dock, blob, flows), corrects: latest }, flows)
}

/** An answer is given once: what was landed stands for it. */
function again(source: Source, { from }: Dock, blob: string, { blobs }: FlowDeps): Source {
  return from.kind === 'files' ? source : { name: source.name, bytes: null, open: () => blobs.open(blob) }
}

async function checkSum(dock: Dock, day: DateOnly, source: Source, sum: Source): Promise<void> {
  let said = ''
  for await (const chunk of sum.open()) {
    said += Buffer.from(chunk).toString('latin1')
    if (said.length > 64) break
  }
  if (said.slice(0, 64).toLowerCase() !== (await sha256Of(source))) {
    throw dockErrors('FDP_DOCK_SUM', { dock: dock.id, day })
  }
}
