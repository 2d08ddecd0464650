/** Owned by the ledger: see there. */
export type LedgerStorePlaceholder = never
