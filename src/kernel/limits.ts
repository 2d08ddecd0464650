/** Every loop, queue, upload, page and retry ends somewhere; these are the ends. Units last. */
export const limits = {
  /** Rows that leave the gate between two looks at the decision (law 4). */
  gateBatchRowsMax: 2_048,
  /** Rows of one page of objects. */
  pageRowsMax: 1_000,
  /** Persons whose membership in a read is committed one by one; above it, query and versions stand for them. */
  personLeavesMax: 10_000,
  /** One canonical governance part of a ledger entry. */
  entryBytesMax: 65_535,
  /** Entries flushed together. */
  ledgerBatchEntriesMax: 4_096,
  /** Refusals of one subject written one by one within a minute; the rest are summarised. */
  refusalsPerMinuteMax: 30,
  /** One submitted file. */
  submissionBytesMax: 64 * 1024 ** 3,
  /** Columns of one submitted file. */
  submissionColumnsMax: 1_000,
  /** Characters of one field. */
  fieldCharactersMax: 1_000_000,
  /** Values in one `in` filter. */
  filterValuesMax: 10_000,
  /** Depth of a filter tree. */
  filterDepthMax: 20,
  /** How far the clock may be from a witness's. */
  witnessClockMsMax: 5 * 60_000,
  /** Justification text. */
  justificationCharactersMax: 2_000,
} as const
