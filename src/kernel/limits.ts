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
  /** Objects whose links are loaded at once: their caller asks for no second page. */
  linkSourcesMax: 10_000,
  /** Justification text. */
  justificationCharactersMax: 2_000,
  /** Objects of one page of the Ontology API; the client asks for so many when it reads everything. */
  objectPageRowsMax: 10_000,
  objectPageRowsDefault: 1_000,
  /** How deep object sets, and derived properties within them, may be nested in one another. */
  objectSetDepthMax: 40,
  /** Object sets, tests and derived properties in one request, all together. */
  objectSetNodesMax: 1_000,
  /** RIDs in the static sets of one request. */
  staticObjectsMax: 10_000,
  /** Derived properties of one object set, operands of one of them, fields of an order, links of one request. */
  derivedPropertiesMax: 100,
  /** Values that `collectList` and `collectSet` gather. */
  collectedValuesMax: 100,
  /** Characters of a name, a RID, or the name of a figure. */
  nameCharactersMax: 200,
  /** Characters of a value to compare with. */
  filterTextCharactersMax: 10_000,
  /** Terms of a text that is searched for: each is looked for in each term of each row. */
  searchTermsMax: 100,
  /** Characters of a regular expression or a wildcard pattern, and what it has when its repeats are written out. */
  patternCharactersMax: 1_000,
  patternSizeMax: 5_000,
  pageTokenCharactersMax: 20_000,
  /** Figures and groupings of one aggregation. */
  aggregationsMax: 100,
  groupingsMax: 10,
  rangesMax: 1_000,
  /** Groups of one aggregation. */
  groupsMax: 10_000,
  /** Rows that actions have edited and their sources do not have yet, of one object type. */
  openEditsMax: 100_000,
  /** Requests of one batch of actions. */
  actionBatchMax: 100,
  /** Parameters of one action. */
  actionParametersMax: 50,
  /** One path of a view over FHIR resources: its characters, its nesting, its steps and operators. */
  viewPathCharactersMax: 10_000,
  viewPathDepthMax: 40,
  viewPathStepsMax: 200,
  /** How deep the selects of a view may be nested; selects, columns and constants of one view. */
  viewSelectDepthMax: 20,
  viewSelectsMax: 200,
  viewColumnsMax: 1_000,
  viewConstantsMax: 100,
  /** Steps of a view, each counted double for each level that it is nested: the engine takes so long to bind them. */
  viewNestingMax: 50_000,
  /** How deep `repeat` follows a resource. */
  viewRepeatDepthMax: 100,
  /** One message of HL7 v2, documents within it included; its segments; its values, empty ones and escapes counted. */
  hl7MessageBytesMax: 16 * 1024 ** 2,
  hl7SegmentsMax: 10_000,
  hl7ValuesMax: 200_000,
  /** One file with a batch of them, and its messages. */
  hl7BatchBytesMax: 256 * 1024 ** 2,
  hl7BatchMessagesMax: 100_000,
  /** A submitted archive or workbook, which is held in memory as it came; the files in it. */
  archiveBytesMax: 512 * 1024 ** 2,
  archiveFilesMax: 10_000,
  /** The texts that cells of a workbook share, which are held in memory. */
  sharedTextCharactersMax: 100_000_000,
  /** One ViewDefinition that comes with a submission. */
  viewBytesMax: 1_000_000,
  /** Objects and lists within one another in a resource; DuckDB follows them by calling itself. */
  resourceDepthMax: 200,
} as const
