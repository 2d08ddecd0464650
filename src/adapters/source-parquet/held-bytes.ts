import { parquetErrors } from './errors.ts'

/** Counts what is held unpacked, by what the file says before it is unpacked. Throws FDP_PARQUET_TOO_LARGE. */
export class HeldBytes {
  readonly #max: number
  #bytes = 0

  constructor(max: number) {
    this.#max = max
  }

  take(bytes: number): void {
    this.#bytes += bytes
    if (this.#bytes > this.#max) throw parquetErrors('FDP_PARQUET_TOO_LARGE', { max: this.#max })
  }

  give(bytes: number): void {
    this.#bytes -= bytes
  }
}
