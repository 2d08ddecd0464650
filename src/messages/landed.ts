import { parseMessage, type Saying, sayingOf } from '#hl7v2'
import { type Clock, isFdpError, sha256Hex } from '#kernel'
import type { MessageLog, Rewritten, Scratch, SegmentMark } from '#ports'
import { Facts } from './facts.ts'
import { decodeRecord, encodeRecord, type LandedHead } from './landed-record.ts'
import { Tally } from './tally.ts'

/** So many of the last messages are known again when they come again; the fold knows all of them. */
const recentMax = 100_000
/** More refusals within a minute are counted by this process only, so that nonsense fills no disk. */
const refusalsPerMinuteMax = 1_000

export interface LandedOptions {
  readonly log: MessageLog
  /** Room for what the messages say. */
  readonly openScratch: () => Promise<Scratch>
  /** What the ledger has committed to. */
  readonly known: readonly SegmentMark[]
  /** And what it says was written anew. */
  readonly rewritten: readonly Rewritten[]
  readonly clock: Clock
  /** Into how many parts things are put, each worked out by itself. */
  readonly partitions?: number
}

/** What has landed at one message dock: the log, and what this process has read of it. One for each log. */
export class Landed {
  readonly tally = new Tally()
  readonly #log: MessageLog
  readonly #options: LandedOptions
  readonly #recent = new Map<string, Promise<void>>()
  #facts: Facts
  /** What was last written anew without, until that holds. */
  #dropped: { readonly head: LandedHead; readonly hash: string }[] = []
  /** Whether what is held of the messages may be less than they say. */
  #isPartial = false
  #turn: Promise<unknown> = Promise.resolve()
  #minute = { of: '', refusals: 0 }

  private constructor(options: LandedOptions, facts: Facts) {
    this.#log = options.log
    this.#options = options
    this.#facts = facts
  }

  /** Reads the whole log. FDP_MESSAGELOG_DAMAGED. */
  static async open(options: LandedOptions): Promise<Landed> {
    await options.log.settle(options.rewritten)
    const landed = new Landed(options, new Facts(await options.openScratch(), options.partitions))
    for await (const record of options.log.read(options.known)) {
      const { head, message } = decodeRecord(record)
      if (head.outcome === 'landed') await landed.#takeUp(head, message)
      else landed.tally.add(head)
    }
    return landed
  }

  /** Resolves when the message is durable: now, or since it came before. It has to be one that can be read. */
  async store(message: Uint8Array, event: string, zone: string | null): Promise<void> {
    const hash = sha256Hex(message)
    const at = this.#options.clock.now()
    const before = this.#recent.get(hash)
    if (before) {
      await before
      this.#note({ at, event, outcome: 'again' })
      return
    }
    const head: LandedHead = { at, event, outcome: 'landed', ...(zone === null ? {} : { zone }) }
    const saying = sayingIn(message, zone)
    const stored = this.#log.append(encodeRecord(head, message))
    this.#recent.set(hash, stored)
    try {
      await stored
    } catch (error) {
      this.#recent.delete(hash)
      throw error
    }
    await this.#take(head, hash, stored, saying)
  }

  /** Keeps that something was refused, and nothing of it. */
  refuse(event: string, code: string, place: string): void {
    const at = this.#options.clock.now()
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
  async #takeUp(head: LandedHead, message: Uint8Array): Promise<void> {
    let saying: Saying
    try {
      saying = sayingIn(message, head.zone ?? null)
    } catch (error) {
      if (!isFdpError(error)) throw error
      this.tally.add({ ...head, outcome: 'refused', code: error.code, place: String(error.params.place ?? '') })
      return
    }
    await this.#take(head, sha256Hex(message), Promise.resolve(), saying)
  }

  async #take(head: LandedHead, hash: string, stored: Promise<void>, saying: Saying): Promise<void> {
    this.#recent.delete(hash)
    this.#recent.set(hash, stored)
    if (this.#recent.size > recentMax) this.#recent.delete(this.#recent.keys().next().value!)
    try {
      await this.#facts.add(saying)
    } catch {
      // The message is durable, and is accepted: what it says is read from the log once more before the next rows.
      this.#isPartial = true
    }
    // Whatever is counted is in the next rows.
    this.tally.add(head)
  }

  /** What the messages say that have landed so far. FDP_MESSAGELOG_DAMAGED. */
  async facts(): Promise<Facts> {
    while (this.#isPartial) await this.#readAnew()
    return this.#facts
  }

  /** What lands meanwhile is taken up too, some of it twice, which makes no difference. */
  async #readAnew(): Promise<void> {
    const before = this.#facts
    const facts = new Facts(await this.#options.openScratch(), this.#options.partitions)
    this.#facts = facts
    this.#isPartial = false
    await before.close()
    for await (const record of this.#log.read(this.marks())) {
      const { head, message } = decodeRecord(record)
      const saying = head.outcome === 'landed' ? readable(head, message) : null
      if (saying) await facts.add(saying)
    }
  }

  /** Every message that has landed, with what it says; null where this release cannot read it. */
  async *messages(): AsyncGenerator<{ readonly message: Uint8Array; readonly saying: Saying | null }> {
    for await (const record of this.#log.read(this.marks())) {
      const { head, message } = decodeRecord(record)
      if (head.outcome === 'landed') yield { message, saying: readable(head, message) }
    }
  }

  /**
   * Takes messages out of the log for good: writes it anew without them, has `commit` put that on record, and destroys what
   * was there. Nothing is destroyed if that fails; what is on record already (`known`) is done first, and so may be done
   * again. Not in turn with rows, which wait for whoever erases: those that are
   * being made end with FDP_MESSAGES_CHANGED.
   */
  async erase(
    known: readonly Rewritten[],
    isTheirs: (message: Uint8Array, saying: Saying | null) => boolean,
    commit: (rewritten: readonly Rewritten[]) => Promise<void>,
  ): Promise<void> {
    const names = () =>
      this.marks()
        .map(({ segment }) => segment)
        .join()
    const before = names()
    await this.#log.settle(known)
    // It was on record after all, and whoever asked was told that it had failed.
    if (names() !== before) await this.#forget()
    this.#dropped = []
    const rewritten = await this.#log.rewrite((record) => {
      const { head, message } = decodeRecord(record)
      if (head.outcome !== 'landed' || !isTheirs(message, readable(head, message))) return true
      this.#dropped.push({ head, hash: sha256Hex(message) })
      return false
    })
    if (rewritten.length === 0) return
    await commit(rewritten)
    await this.#log.settle(rewritten)
    await this.#forget()
  }

  /** What was taken out of the log is not counted, known again or worked with any more. */
  async #forget(): Promise<void> {
    for (const { head, hash } of this.#dropped) {
      this.tally.drop(head)
      this.#recent.delete(hash)
    }
    this.#isPartial = true
    await this.#facts.close()
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
    await this.#facts.close()
  }
}

function sayingIn(message: Uint8Array, zone: string | null): Saying {
  return sayingOf(parseMessage(message), zone)
}

function readable(head: LandedHead, message: Uint8Array): Saying | null {
  try {
    return sayingIn(message, head.zone ?? null)
  } catch (error) {
    if (!isFdpError(error)) throw error
    return null
  }
}
