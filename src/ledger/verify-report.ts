import type { Instant } from '#kernel'

/** Something that does not hold, and where. */
export interface Finding {
  /** Path of the file in the ledger's folder. */
  readonly file: string
  /** Index of the entry, where one can be named. */
  readonly entry: number | null
  /** A plain sentence without a final stop; never holds stored content. */
  readonly what: string
}

export interface VerifyReport {
  readonly ok: boolean
  readonly origin: string
  /** Entries found, the journal's included. */
  readonly size: number
  /** Root over them, hexadecimal. */
  readonly root: string
  /** Entries that are only in the journal so far. */
  readonly journalEntries: number
  /** `opened` counts details decrypted and compared with their commitment; null without keys. */
  readonly details: { readonly present: number; readonly opened: number | null }
  /** `pending`: the erasure is acknowledged, the detail is still in a file; opening the ledger carries it out. */
  readonly erased: readonly { readonly entry: number; readonly by: number; readonly pending: boolean }[]
  readonly cosignatures: readonly { readonly witness: string; readonly size: number; readonly time: Instant }[]
  /** The end of a batch that was never acknowledged, as a crash leaves it. No finding. */
  readonly torn: { readonly file: string; readonly bytes: number } | null
  readonly findings: readonly Finding[]
  /** Findings beyond the limit, counted only. */
  readonly findingsLeftOut: number
}

const findingsMax = 1_000

export class Findings {
  readonly list: Finding[] = []
  leftOut = 0

  add(file: string, what: string, entry: number | null = null): void {
    if (this.list.length < findingsMax) this.list.push({ file, entry, what })
    else this.leftOut += 1
  }
}

/** Runs a reader of stored bytes; a failure becomes a finding and null. Bugs (TypeErrors of our own) look alike here. */
export function tryRead<T>(findings: Findings, file: string, read: () => T): T | null {
  try {
    return read()
  } catch (error) {
    findings.add(file, error instanceof Error && error.name === 'FdpError' ? error.message : 'it cannot be read')
    return null
  }
}
