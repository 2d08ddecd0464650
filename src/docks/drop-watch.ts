import { addMs, type DateOnly, type Instant, msBetween } from '#kernel'
import type { DroppedFile } from '#ports'

const minuteMs = 60_000
const waitMinutesMax = 60
/** Clocks of two machines differ by minutes, not by hours. */
const clocksApartMs = 60 * minuteMs

/**
 * What one process has seen of the drops that it watches: since when a file has not changed, which ones it dealt with,
 * when to try a day again, when another system was asked. Nothing of it has to outlive the process: the same bytes are the
 * same submission.
 */
export class DropWatch {
  readonly #seen = new Map<string, { readonly what: string; readonly since: Instant; dealtWith: boolean }>()
  readonly #failed = new Map<string, { readonly times: number; readonly at: Instant }>()
  readonly #asked = new Map<string, Instant>()
  readonly #sums = new Map<string, { readonly what: string; readonly sha256: string }>()
  readonly #isAllComplete: boolean

  /** `isAllComplete`: whoever asks for one look says that no file is still being written. */
  constructor(isAllComplete = false) {
    this.#isAllComplete = isAllComplete
  }

  /**
   * Whether a file has not changed for so long. When another machine says that it wrote the file is not trusted: what
   * counts is how long it was seen unchanged, or that it was old when first seen.
   */
  isStill(dock: string, file: DroppedFile, seconds: number, now: Instant): boolean {
    const { since } = this.#look(dock, file, now)
    if (this.#isAllComplete) return true
    const stillMs = seconds * 1_000
    return msBetween(since, now) >= stillMs || msBetween(file.modifiedAt, now) >= stillMs + clocksApartMs
  }

  isDealtWith(dock: string, file: DroppedFile, now: Instant): boolean {
    return this.#look(dock, file, now).dealtWith
  }

  /** As it was at the look before; once it changes it is another one. */
  dealtWith(dock: string, file: DroppedFile, now: Instant): void {
    this.#look(dock, file, now).dealtWith = true
  }

  /** The hash of a file as it lies there, read once for all docks that ask. */
  async sumOf(place: string, file: DroppedFile, read: () => Promise<string>): Promise<string> {
    const [id, what] = [`${place}\n${file.name}`, whatOf(file)]
    const known = this.#sums.get(id)
    if (known?.what === what) return known.sha256
    const sha256 = await read()
    this.#sums.set(id, { what, sha256 })
    return sha256
  }

  /** One minute, two, four, up to an hour after a failure. */
  mayTry(dock: string, day: DateOnly, now: Instant): boolean {
    const failed = this.#failed.get(`${dock} ${day}`)
    if (!failed) return true
    return now >= addMs(failed.at, Math.min(2 ** (failed.times - 1), waitMinutesMax) * minuteMs)
  }

  /** Whether so many minutes have passed since another system was asked. */
  mayAsk(dock: string, minutes: number, now: Instant): boolean {
    const at = this.#asked.get(dock)
    return at === undefined || now >= addMs(at, minutes * minuteMs)
  }

  asked(dock: string, now: Instant): void {
    this.#asked.set(dock, now)
  }

  failed(dock: string, day: DateOnly, now: Instant): void {
    const id = `${dock} ${day}`
    this.#failed.set(id, { times: (this.#failed.get(id)?.times ?? 0) + 1, at: now })
  }

  succeeded(dock: string, day: DateOnly): void {
    this.#failed.delete(`${dock} ${day}`)
  }

  #look(dock: string, file: DroppedFile, now: Instant) {
    const id = `${dock}\n${file.name}`
    const what = whatOf(file)
    const seen = this.#seen.get(id)
    if (seen?.what === what) return seen
    const first = { what, since: now, dealtWith: false }
    this.#seen.set(id, first)
    return first
  }
}

function whatOf({ bytes, modifiedAt }: DroppedFile): string {
  return `${bytes} ${modifiedAt}`
}
