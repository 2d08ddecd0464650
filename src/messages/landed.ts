import { parseMessage, type Saying, sayingOf, type VisitLog, visitLogOf } from '#hl7v2'
import { type Clock, isFdpError, limits, sha256Hex } from '#kernel'
import type { MessageLog, SegmentMark } from '#ports'
import { messageErrors } from './errors.ts'
import { decodeRecord, encodeRecord, type LandedHead } from './landed-record.ts'
import { Tally } from './tally.ts'

/** So many of the last messages are known again when they come again; the fold knows all of them. */
const recentMax = 100_000
/** More refusals within a minute are counted by this process only, so that nonsense fills no disk. */
const refusalsPerMinuteMax = 1_000

/** What rows are worked out from; all else stays in the log. */
const wanted = `PID PD1 PV1 PV2 SCH TQ1 AIS AIG AIL AIP RF1 PRD ORC OBR OBX NTE`.split(' ')

export interface LandedOptions {
  readonly dock: string
  readonly log: MessageLog
  /** What the ledger has committed to. */
  readonly known: readonly SegmentMark[]
  readonly clock: Clock
  readonly messagesMax?: number
}

/** What has landed at one message dock: the log, and what this process has read of it. One for each log. */
export class Landed {
  readonly tally = new Tally()
  readonly #dock: string
  readonly #log: MessageLog
  readonly #clock: Clock
  readonly #messagesMax: number
  readonly #recent = new Map<string, Promise<void>>()
  #sayings: Saying[] = []
  #turn: Promise<unknown> = Promise.resolve()
  #minute = { of: '', refusals: 0 }

  private constructor({ dock, log, clock, messagesMax }: LandedOptions) {
    this.#dock = dock
    this.#log = log
    this.#clock = clock
    this.#messagesMax = messagesMax ?? limits.foldedMessagesMax
  }

  /** Reads the whole log. FDP_MESSAGELOG_DAMAGED. */
  static async open(options: LandedOptions): Promise<Landed> {
    const landed = new Landed(options)
    for await (const record of options.log.read(options.known)) {
      const { head, message } = decodeRecord(record)
      if (head.outcome === 'landed') landed.#takeUp(head, message)
      else landed.tally.add(head)
    }
    return landed
  }

  /** Resolves when the message is durable: now, or since it came before. It has to be one that can be read. */
  async store(message: Uint8Array, event: string, zone: string | null): Promise<void> {
    const hash = sha256Hex(message)
    const at = this.#clock.now()
    const before = this.#recent.get(hash)
    if (before) {
      await before
      this.#note({ at, event, outcome: 'again' })
      return
    }
    const head: LandedHead = { at, event, outcome: 'landed', ...(zone === null ? {} : { zone }) }
    const saying = slim(message, zone)
    const stored = this.#log.append(encodeRecord(head, message))
    this.#recent.set(hash, stored)
    try {
      await stored
    } catch (error) {
      this.#recent.delete(hash)
      throw error
    }
    this.#take(head, hash, stored, saying)
  }

  /** Keeps that something was refused, and nothing of it. */
  refuse(event: string, code: string, place: string): void {
    const at = this.#clock.now()
    const head: LandedHead = { at, event, outcome: 'refused', code, ...(place === '' ? {} : { place }) }
    const minute = at.slice(0, 16)
    if (this.#minute.of !== minute) this.#minute = { of: minute, refusals: 0 }
    if (++this.#minute.refusals > refusalsPerMinuteMax) this.tally.add(head)
    else this.#note(head)
  }

  /** Nobody waits for it: that it is lost in a crash loses a count. */
  #note(head: LandedHead): void {
    this.tally.add(head)
    this.#log.append(encodeRecord(head)).catch(() => {})
  }

  /** What an earlier release could read and this one cannot counts as refused; its bytes stay where they are. */
  #takeUp(head: LandedHead, message: Uint8Array): void {
    try {
      this.#take(head, sha256Hex(message), Promise.resolve(), slim(message, head.zone ?? null))
    } catch (error) {
      if (!isFdpError(error)) throw error
      this.tally.add({ ...head, outcome: 'refused', code: error.code, place: String(error.params.place ?? '') })
    }
  }

  #take(head: LandedHead, hash: string, stored: Promise<void>, saying: Saying): void {
    this.tally.add(head)
    this.#recent.delete(hash)
    this.#recent.set(hash, stored)
    if (this.#recent.size > recentMax) this.#recent.delete(this.#recent.keys().next().value!)
    if (this.tally.total.landed > this.#messagesMax) this.#sayings = []
    else this.#sayings.push(saying)
  }

  /** What the messages say that have landed so far. FDP_MESSAGES_TOO_MANY. */
  visitLog(): VisitLog {
    if (this.tally.total.landed > this.#messagesMax) {
      throw messageErrors('FDP_MESSAGES_TOO_MANY', { dock: this.#dock, max: this.#messagesMax })
    }
    return visitLogOf(this.#sayings)
  }

  /** What is durable of the log. */
  marks(): readonly SegmentMark[] {
    return this.#log.marks()
  }

  /** One at a time. */
  inTurn<T>(work: () => Promise<T>): Promise<T> {
    const mine = this.#turn.then(work)
    this.#turn = mine.catch(() => {})
    return mine
  }

  /** When everything that was handed in is durable. */
  async close(): Promise<void> {
    await this.#turn
    await this.#log.close()
  }
}

function slim(message: Uint8Array, zone: string | null): Saying {
  const saying = sayingOf(parseMessage(message), zone)
  return { ...saying, segments: saying.segments.filter(({ id }) => wanted.includes(id)), unread: [] }
}
