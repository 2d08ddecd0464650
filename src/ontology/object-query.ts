/** A test on one property. Values are the text of the API: numbers in decimals, dates in ISO 8601. */
export type Test =
  | { readonly type: 'eq' | 'ne' | 'lt' | 'lte' | 'gt' | 'gte'; readonly property: string; readonly value: string }
  | { readonly type: 'in'; readonly property: string; readonly values: readonly string[] }
  | { readonly type: 'isNull'; readonly property: string }

export type Where =
  | Test
  | { readonly type: 'and' | 'or'; readonly of: readonly Where[] }
  | { readonly type: 'not'; readonly of: Where }

/** Objects of one type, as rows. */
export interface ObjectQuery {
  readonly object: string
  readonly select: readonly string[]
  readonly where?: Where
  readonly orderBy?: readonly { readonly property: string; readonly descending?: boolean }[]
  /** Rows, at most `limits.pageRowsMax`. */
  readonly limit: number
}

export type Aggregation =
  | { readonly name: string; readonly type: 'count' }
  | { readonly name: string; readonly type: 'min' | 'max' | 'sum' | 'avg' | 'countDistinct'; readonly property: string }

/** Objects of one type, summarised. */
export interface ObjectSummary {
  readonly object: string
  readonly where?: Where
  readonly groupBy: readonly string[]
  readonly aggregations: readonly Aggregation[]
}
