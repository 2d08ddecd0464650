/** Objects as the wire has them, made by the engine: the JSON text of each, in order, without properties that are null. */
export interface ObjectPage {
  readonly objects: readonly string[]
  readonly nextPageToken: string | null
  /** Of the whole set as the caller may see it, at the moment that the first page was read. */
  readonly totalCount: number
}
