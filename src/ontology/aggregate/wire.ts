import type { ObjectSet, WireValue } from '../object-set/wire.ts'

/*
 * Aggregations as the REST API and `@osdk/client` send them (AggregateObjectsRequestV2, AggregateObjectSetRequestV2),
 * read by the parser: names are filled in, `where` has become a filter of the object set, `propertyIdentifier` a field.
 */

export type Direction = 'ASC' | 'DESC'

interface Named {
  /** The sender's, or `count` and `<field>.<type>`, as the client has it. No two alike. */
  readonly name: string
  /** Orders the groups by this figure. */
  readonly direction: Direction | null
}

export type Metric =
  | (Named & { readonly type: 'count' })
  | (Named & {
      readonly type: 'min' | 'max' | 'sum' | 'avg' | 'approximateDistinct' | 'exactDistinct'
      readonly field: string
    })
  | (Named & {
      readonly type: 'approximatePercentile'
      readonly field: string
      /** From 0 to 1. */
      readonly approximatePercentile: number
    })

export type TimeUnit =
  | 'MILLISECONDS'
  | 'SECONDS'
  | 'MINUTES'
  | 'HOURS'
  | 'DAYS'
  | 'WEEKS'
  | 'MONTHS'
  | 'QUARTERS'
  | 'YEARS'

export type GroupBy =
  | {
      readonly type: 'exact'
      readonly field: string
      /** How many values of the field have a group, those with most objects first; from 1 to `limits.groupsMax`. */
      readonly maxGroupCount: number
      /** Stands in for a value that is not there; not together with `includeNullValues`. */
      readonly defaultValue: string | null
      readonly includeNullValues: boolean
    }
  | { readonly type: 'fixedWidth'; readonly field: string /** Above 0. */; readonly fixedWidth: number }
  | {
      readonly type: 'ranges'
      readonly field: string
      /** From the start, the end not in it; at least one. */
      readonly ranges: readonly { readonly startValue: WireValue; readonly endValue: WireValue }[]
    }
  | {
      readonly type: 'duration'
      readonly field: string /** Whole, from 1. */
      readonly value: number
      readonly unit: TimeUnit
    }

export interface AggregateRequest {
  readonly objectSet: ObjectSet
  readonly aggregation: readonly Metric[]
  readonly groupBy: readonly GroupBy[]
  readonly accuracy: 'REQUIRE_ACCURATE' | 'ALLOW_APPROXIMATE'
}

/** What a group has in common: by field. Null only where the grouping includes objects without a value. */
export type GroupValue =
  | string
  | number
  | boolean
  | null
  | { readonly startValue: WireValue; readonly endValue: WireValue }

/** As the wire has it (AggregateObjectsResponseV2). A figure that there is not, or that may not be shown, is left out. */
export interface AggregateAnswer {
  /** At aggregate level: the policy that the figures passed, and what it did to them in plain words. */
  readonly disclosure?: { readonly policy: string; readonly statement: string }
  /** Objects whose groups were beyond the most that were asked for; not said at aggregate level. */
  readonly excludedItems?: number
  readonly accuracy: 'ACCURATE' | 'APPROXIMATE'
  readonly data: readonly {
    readonly group: Readonly<Record<string, GroupValue>>
    readonly metrics: readonly { readonly name: string; readonly value: number | string }[]
  }[]
}
