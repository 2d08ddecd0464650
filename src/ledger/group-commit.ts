import { isFdpError } from '#kernel'
import type { TailEntry } from './batch.ts'
import { bounds } from './bounds.ts'
import type { PreparedEntry, Receipt } from './entry.ts'
import { ledgerErrors } from './errors.ts'
import type { LedgerWriter } from './writer.ts'

interface Waiting {
  readonly prepared: PreparedEntry
  readonly resolve: (receipt: Receipt) => void
  readonly reject: (error: unknown) => void
}

/**
 * Group commit: appends that arrive while a batch is being flushed form the next one, so each waits for at most two
 * flushes however many there are. Settling starts between batches and runs beside them.
 */
export class GroupCommit {
  readonly #writer: LedgerWriter
  readonly #onDurable: (batch: readonly TailEntry[]) => void
  #waiting: Waiting[] = []
  #running = false
  /** Settling, or other work on stored files. */
  #background: Promise<void> | null = null
  #loop: Promise<void> = Promise.resolve()
  #boundaries: (() => void)[] = []
  #stopped = false

  constructor(writer: LedgerWriter, onDurable: (batch: readonly TailEntry[]) => void) {
    this.#writer = writer
    this.#onDurable = onDurable
  }

  get isRunning(): boolean {
    return !this.#stopped
  }

  /** FDP_LEDGER_UNAVAILABLE once a store call has failed or the ledger is closed. */
  checkRunning(): void {
    if (this.#stopped) throw ledgerErrors('FDP_LEDGER_UNAVAILABLE')
  }

  append(prepared: PreparedEntry): Promise<Receipt> {
    this.checkRunning()
    if (this.#waiting.length >= bounds.waitingEntriesMax) {
      throw ledgerErrors('FDP_LEDGER_BUSY', { waiting: bounds.waitingEntriesMax })
    }
    return new Promise((resolve, reject) => {
      this.#waiting.push({ prepared, resolve, reject })
      this.#start()
    })
  }

  /** Settles everything acknowledged before the call. */
  async settle(): Promise<void> {
    for (;;) {
      await this.#background
      const begun = await new Promise<{ done: Promise<void> } | null>((resolve, reject) => {
        this.#boundaries.push(() => {
          if (this.#stopped) reject(ledgerErrors('FDP_LEDGER_UNAVAILABLE'))
          else resolve(this.#background ? null : { done: this.#begin(() => this.#writer.settle()) })
        })
        this.#start()
      })
      if (begun) return begun.done
    }
  }

  /**
   * Runs work on stored files while nothing settles. `prepare` looks at the state just before, gives the work or null
   * for none, and may refuse; a failure of the work itself stops the ledger.
   */
  async alone(prepare: () => (() => Promise<void>) | null): Promise<void> {
    while (this.#background) await this.#background
    this.checkRunning()
    const work = prepare()
    if (work) await this.#begin(work)
  }

  /** Ends for good: later calls are refused. Resolves when nothing runs any more. */
  async stop(): Promise<void> {
    this.#stopped = true
    await this.#background?.catch(() => {})
    await this.#loop
  }

  #start(): void {
    if (this.#running) return
    this.#running = true
    this.#loop = new Promise((resolve) => setImmediate(resolve)).then(() => this.#run())
  }

  async #run(): Promise<void> {
    while (this.#waiting.length > 0 || this.#boundaries.length > 0) {
      const boundaries = this.#boundaries
      this.#boundaries = []
      for (const boundary of boundaries) boundary()
      if (this.#waiting.length > 0) await this.#commit(this.#takeBatch())
      // A failure of this settling is remembered by #stopped; nobody waits for it here.
      if (this.#writer.isJournalLong && !this.#background && !this.#stopped) {
        this.#begin(() => this.#writer.settle()).catch(() => {})
      }
    }
    this.#running = false
  }

  #takeBatch(): Waiting[] {
    let bytes = 0
    let count = 0
    while (count < this.#waiting.length && count < bounds.batchEntriesMax && bytes < bounds.batchBytesMax) {
      bytes += this.#waiting[count++]!.prepared.textLength
    }
    return this.#waiting.splice(0, count)
  }

  async #commit(batch: readonly Waiting[]): Promise<void> {
    try {
      this.checkRunning()
      const time = this.#writer.nextTime()
      const entries = await this.#commitDurably(
        batch.map(({ prepared }) => prepared),
        time,
      )
      entries.forEach((entry, i) => {
        batch[i]!.resolve({ index: entry.index, time: entry.time })
      })
    } catch (error) {
      for (const { reject } of batch) reject(error)
    }
  }

  /** From the first change of the tree on, any failure stops the ledger: it cannot know what is stored. */
  async #commitDurably(prepared: readonly PreparedEntry[], time: Parameters<LedgerWriter['commit']>[1]) {
    try {
      const entries = await this.#writer.commit(prepared, time)
      this.#onDurable(entries)
      return entries
    } catch (error) {
      this.#stopped = true
      throw asUnavailable(error)
    }
  }

  #begin(work: () => Promise<void>): Promise<void> {
    const background = work().then(
      () => {
        this.#background = null
      },
      (error) => {
        this.#background = null
        this.#stopped = true
        throw asUnavailable(error)
      },
    )
    this.#background = background
    return background
  }
}

/** A store's failure as the ledger's; its cause stays inside the process. */
export function asUnavailable(error: unknown): unknown {
  return isFdpError(error, 'FDP_LEDGER_UNAVAILABLE')
    ? error
    : ledgerErrors('FDP_LEDGER_UNAVAILABLE', {}, { cause: error })
}
