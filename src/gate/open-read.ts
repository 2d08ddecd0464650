import type { EntryIndex } from '#kernel'
import type { EntryInput, Receipt } from '#ledger'
import type { Batch, Result } from '#ports'
import type { Asker, Decided } from './decided.ts'
import type { GateDeps } from './deps.ts'
import { gateErrors } from './errors.ts'
import { checkStillAllowed, guardedBatches, newTally, type Tally, tallyFacts } from './rows.ts'
import type { Running } from './run.ts'

export interface Opened {
  readonly deps: GateDeps
  readonly asker: Asker
  readonly decided: Decided
  /** Of the `read.opened` entry, which is durable. */
  readonly entry: EntryIndex
  readonly personLevel: boolean
}

/**
 * One read from its opening entry to the entry that ends it. Whatever happens in between, what it held is let go and one
 * entry says how it ended; where that entry is missing, the read counts as having seen all that it could.
 */
export class OpenRead {
  readonly tally: Tally = newTally()
  readonly #opened: Opened
  readonly #onEnd: () => void
  #running: Running | null = null
  #begun = false
  #whole = false
  #ending: Promise<unknown> | null = null

  constructor(opened: Opened, onEnd: () => void) {
    this.#opened = opened
    this.#onEnd = onEnd
  }

  get entry(): EntryIndex {
    return this.#opened.entry
  }

  /** Looks at the decision once more, then starts the statement. */
  async start(run: () => Promise<Running>): Promise<Result> {
    try {
      this.#check()
      this.#running = await run()
      this.tally.excluded = this.#running.excluded
      this.#check()
      return this.#running.result
    } catch (error) {
      // Ended while it was being started: what has started since is let go here.
      await this.#letGo()
      await this.fail()
      throw error
    }
  }

  /** Batches as they may go out, read once; the end of the iteration is the end of the read. */
  async *batches(): AsyncGenerator<Batch> {
    let outcome = 'stopped'
    try {
      yield* this.stream()
      outcome = 'complete'
    } catch (error) {
      await this.fail()
      throw error
    } finally {
      await this.end(outcome)
    }
  }

  /** As `batches`, columns that stay inside included: for the gate's own look at rows. */
  async *wholeBatches(): AsyncGenerator<Batch> {
    this.#whole = true
    yield* this.batches()
  }

  /** As `batches`, but the caller ends the read. */
  async *stream(): AsyncGenerator<Batch> {
    if (this.#begun) throw new Error('a result is read once')
    this.#begun = true
    const { deps, asker, decided } = this.#opened
    if (!this.#running) throw gateErrors('FDP_GATE_CLOSED')
    try {
      for await (const batch of guardedBatches(deps, asker, decided, this.#running.result, this.tally, this.#whole)) {
        yield batch
        if (this.#ending) break
      }
    } catch (error) {
      throw this.#ending ? gateErrors('FDP_GATE_CLOSED') : error
    }
    if (this.#ending) throw gateErrors('FDP_GATE_CLOSED')
  }

  /** Ends the read with `read.completed`. Only the first end counts; later ones wait for it. */
  async end(outcome: string): Promise<void> {
    if (this.#ending) {
      await this.#ending.catch(() => {})
      return
    }
    await this.endWith(() => {
      const { tally } = this
      const { entry: of, personLevel } = this.#opened
      const { governance, detail } = tallyFacts(tally, personLevel)
      return {
        type: 'read.completed',
        governance: { of, outcome, ...governance },
        detail,
        ...(personLevel && tally.persons.list.length > 0 ? { persons: tally.persons.list } : {}),
      }
    })
  }

  /** Ends a read that went wrong. What went wrong is what the caller hears of, even if this cannot be written either. */
  async fail(): Promise<void> {
    await this.end(this.#failure()).catch(() => {})
  }

  async endWith(entry: () => EntryInput): Promise<Receipt> {
    if (this.#ending) throw gateErrors('FDP_GATE_CLOSED')
    const ending = this.#letGo().then(() => this.#opened.deps.ledger.append(entry()))
    this.#ending = ending
    this.#onEnd()
    return await ending
  }

  async #letGo(): Promise<void> {
    const running = this.#running
    this.#running = null
    await running?.[Symbol.asyncDispose]()
  }

  #check(): void {
    if (this.#ending) throw gateErrors('FDP_GATE_CLOSED')
    checkStillAllowed(this.#opened.deps, this.#opened.asker, this.#opened.decided, this.tally)
  }

  #failure(): string {
    return this.tally.refused ? 'refused' : 'failed'
  }
}
