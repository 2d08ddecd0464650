import { type FlowDeps, submit } from '#flows'
import { canonicalJson, type FdpError, isFdpError, type JsonObject, londonDay, sha256Hex } from '#kernel'
import type { Source } from '#ports'
import type { MessageDock } from './declaration.ts'
import { messageErrors } from './errors.ts'
import type { Facts, FactsNow } from './facts.ts'
import type { Landed } from './landed.ts'
import { messageEvents } from './message-events.ts'
import { type MessageMap, mapOrigins } from './message-map.ts'
import { headerOf, rowOf } from './rows-of.ts'

/** What became of one object type. */
export interface MessagesDone {
  readonly object: string
  readonly what: 'published' | 'refused' | 'unchanged' | 'failed'
  readonly rows: number
  readonly quarantined: number
  readonly code: string | null
}

/** Segments in one entry, which has a size; the next ones come with the next. */
const segmentsMax = 200
const pieceCharacters = 256 * 1024

/** Commits the ledger to what has landed since the last time: how much of which event, and the hashes of the log. */
export async function recordLanded(dock: MessageDock, landed: Landed, flows: FlowDeps): Promise<void> {
  await landed.inTurn(() => recordNow(dock, landed, flows))
}

async function recordNow({ id, by }: MessageDock, landed: Landed, { ledger }: FlowDeps): Promise<void> {
  const { marks } = await messageEvents(ledger, id)
  const isNew = (segment: string, records: number) => records > (marks.get(segment)?.records ?? 0)
  const grown = landed.marks().filter(({ segment, records }) => isNew(segment, records))
  if (grown.length === 0) return
  const governance = { version: 1, by, dock: id, counts: Object.fromEntries(landed.tally.events) }
  const segments = grown.slice(0, segmentsMax) as unknown as JsonObject[]
  await ledger.append({ type: 'message.landed', governance: { ...governance, segments } as unknown as JsonObject })
}

/**
 * Makes rows of everything that has landed and submits them, in the order of the maps; not those to which nothing has come
 * since. Each submission is named as taking the place of the last one, so that rows which are as they were before it are
 * submitted again and not taken for the earlier ones. A failure ends it: rows of visits need those of patients.
 */
export async function runMessages(
  dock: MessageDock,
  landed: Landed,
  flows: FlowDeps,
): Promise<readonly MessagesDone[]> {
  return await landed.inTurn(async () => {
    await recordNow(dock, landed, flows)
    const done: MessagesDone[] = []
    let now: Promise<Now> | null = null
    // One moment for all maps: rows of visits name patients.
    const at = () => (now ??= nowOf(landed))
    for (const map of dock.maps) {
      try {
        done.push(await runMap(dock, map, landed, at, flows))
      } catch (error) {
        if (!isFdpError(error)) throw error
        await fail(dock, error, flows)
        return [...done, { object: map.object, what: 'failed', rows: 0, quarantined: 0, code: error.code }]
      }
    }
    return done
  })
}

/** A moment, and how many messages had landed by then. */
interface Now {
  readonly messages: number
  readonly facts: Facts
  readonly at: FactsNow
}

async function nowOf(landed: Landed): Promise<Now> {
  const facts = await landed.facts()
  // What lands while the moment is found may be in it or not: it is counted as not, and comes with the next rows.
  const messages = landed.tally.total.landed
  return { messages, facts, at: await facts.now() }
}

async function runMap(
  dock: MessageDock,
  map: MessageMap,
  landed: Landed,
  at: () => Promise<Now>,
  flows: FlowDeps,
): Promise<MessagesDone> {
  const { id, by, purpose, controller } = dock
  const { object } = map
  const { begun, submitted } = await messageEvents(flows.ledger, id)
  const last = submitted.get(object)
  const hash = mapHash(dock, map)
  const count = landed.tally.total.landed
  if (count === (last?.messages ?? 0) && (count === 0 || hash === last?.map)) {
    return { object, what: 'unchanged', rows: 0, quarantined: 0, code: null }
  }
  const now = await at()
  const { messages } = now
  if (!last && !(await hasRows(map, dock, now)))
    return { object, what: 'unchanged', rows: 0, quarantined: 0, code: null }
  if (!begun.has(object)) await begin(dock, object, flows)
  const file = { object, controller, asAt: londonDay(flows.clock.now()), subject: by, purpose }
  const source = sourceOf(map, dock, now)
  const corrects = last === undefined ? {} : { corrects: last.submission }
  const { submission, outcome, entry, rows } = await submit({ ...file, source, ...corrects }, flows)
  const about = { dock: id, object, submission, outcome, entry, messages, map: hash }
  const origins = mapOrigins(map) as unknown as JsonObject
  await flows.ledger.append({ type: 'message.submitted', governance: { version: 1, by, ...about, made: origins } })
  return { object, what: outcome, rows: rows.published, quarantined: rows.quarantined, code: null }
}

/** Rows that somebody else published are not replaced unless the declaration says so: a snapshot would end them. */
async function begin(dock: MessageDock, object: string, { ledger, governance }: FlowDeps): Promise<void> {
  const { id, by, controller, replaces } = dock
  const publications = governance.catalogue().publications()
  const isThere = publications.some((each) => each.object === object && each.controller === controller)
  if (isThere && !replaces) throw messageErrors('FDP_MESSAGES_OTHERS', { object, controller })
  await ledger.append({ type: 'message.begun', governance: { version: 1, by, dock: id, object } })
}

/** A failure that goes on is said once. */
async function fail({ id, by }: MessageDock, { code }: FdpError, { ledger }: FlowDeps): Promise<void> {
  if ((await messageEvents(ledger, id)).failing?.code === code) return
  await ledger.append({ type: 'message.failed', governance: { version: 1, by, dock: id, code } })
}

function mapHash({ numberType, numberAuthority }: MessageDock, { of, where, columns }: MessageMap): string {
  const named = columns.map(({ property, column }) => [property.name, column])
  const all = { number: [numberType, numberAuthority ?? ''], of, where, columns: named }
  return sha256Hex(canonicalJson(all as unknown as JsonObject))
}

/** Rows of a map, a few hundred kilobytes at a time; worked out anew each time that it is opened. */
function sourceOf(map: MessageMap, dock: MessageDock, now: Now): Source {
  return {
    name: 'messages',
    bytes: null,
    async *open() {
      let text = headerOf(map)
      for await (const row of rowsOf(map, dock, now)) {
        text += row
        if (text.length < pieceCharacters) continue
        yield Buffer.from(text)
        text = ''
      }
      if (text !== '') yield Buffer.from(text)
    },
  }
}

async function* rowsOf(map: MessageMap, dock: MessageDock, { facts, at }: Now): AsyncGenerator<string> {
  for await (const thing of facts.things(map.of, dock, at)) {
    const row = rowOf(map, thing)
    if (row !== null) yield row
  }
}

async function hasRows(map: MessageMap, dock: MessageDock, now: Now): Promise<boolean> {
  for await (const _ of rowsOf(map, dock, now)) return true
  return false
}
