/*
 * Object sets as `@osdk/client` 2.22.0 sends them (spec/ontology-api.md). Every value came from outside: `parseObjectSet`
 * checks form and limits, `resolve` checks names against what the caller may see.
 */

/** A value of the wire: numbers, booleans, texts; dates and timestamps in ISO 8601. */
export type WireValue = string | number | boolean

/** How a test names its property: `field` of the REST paths and the client, or `propertyIdentifier`. */
interface OfProperty {
  readonly field: string
}

export type Filter =
  | { readonly type: 'and' | 'or'; readonly value: readonly Filter[] }
  | { readonly type: 'not'; readonly value: Filter }
  | (OfProperty & { readonly type: 'eq' | 'lt' | 'lte' | 'gt' | 'gte' | 'contains'; readonly value: WireValue })
  | (OfProperty & { readonly type: 'in'; readonly value: readonly WireValue[] })
  | (OfProperty & { readonly type: 'isNull'; readonly value: boolean })
  | (OfProperty & { readonly type: 'startsWith' | 'wildcard' | 'regex'; readonly value: string })
  | (OfProperty & {
      readonly type: 'containsAllTerms' | 'containsAnyTerm'
      readonly value: string
      readonly fuzzy: boolean
    })
  | (OfProperty & {
      readonly type: 'containsAllTermsInOrder' | 'containsAllTermsInOrderPrefixLastTerm'
      readonly value: string
    })
  | (OfProperty & { readonly type: 'interval'; readonly rule: IntervalRule })

/** What looks for stretches of a text's terms. */
export type IntervalRule =
  | { readonly type: 'term'; readonly text: string; readonly how: 'exact' | 'prefix' | { readonly edits: number } }
  | { readonly type: 'anyOf'; readonly rules: readonly IntervalRule[] }
  | {
      readonly type: 'allOf'
      readonly rules: readonly IntervalRule[]
      readonly ordered: boolean
      /** Terms between the parts; null for any number. */
      readonly maxGaps: number | null
    }

export type ObjectSet =
  | { readonly type: 'base'; readonly objectType: string }
  | { readonly type: 'filter'; readonly objectSet: ObjectSet; readonly where: Filter }
  | { readonly type: 'union' | 'intersect' | 'subtract'; readonly objectSets: readonly ObjectSet[] }
  | { readonly type: 'searchAround'; readonly objectSet: ObjectSet; readonly link: string }
  | { readonly type: 'static'; readonly objects: readonly string[] }
  | { readonly type: 'reference'; readonly reference: string }
  | {
      readonly type: 'withProperties'
      readonly objectSet: ObjectSet
      readonly derivedProperties: Readonly<Record<string, DerivedProperty>>
    }
  | { readonly type: 'asBaseObjectTypes'; readonly objectSet: ObjectSet }
  | { readonly type: 'asType'; readonly objectSet: ObjectSet; readonly entityType: string }
  /** The object whose derived property is being worked out; only inside `derivedProperties`. */
  | { readonly type: 'methodInput' }

export type DerivedProperty =
  | { readonly type: 'property'; readonly apiName: string }
  | { readonly type: 'selection'; readonly objectSet: ObjectSet; readonly operation: Selection }
  | { readonly type: 'add' | 'multiply' | 'greatest' | 'least'; readonly properties: readonly DerivedProperty[] }
  | { readonly type: 'subtract' | 'divide'; readonly left: DerivedProperty; readonly right: DerivedProperty }
  | { readonly type: 'negate' | 'absoluteValue'; readonly property: DerivedProperty }
  | {
      readonly type: 'extract'
      readonly part: 'DAYS' | 'MONTHS' | 'QUARTERS' | 'YEARS'
      readonly property: DerivedProperty
    }

/** What a derived property takes of the objects that its set leads to. */
export type Selection =
  | { readonly type: 'count' }
  | {
      readonly type: 'get' | 'sum' | 'avg' | 'min' | 'max' | 'exactDistinct' | 'approximateDistinct'
      readonly selectedPropertyApiName: string
    }
  | {
      readonly type: 'approximatePercentile'
      readonly selectedPropertyApiName: string
      /** From 0 to 1. */
      readonly approximatePercentile: number
    }
  | { readonly type: 'collectSet' | 'collectList'; readonly selectedPropertyApiName: string; readonly limit: number }

export interface OrderBy {
  readonly field: string
  /** Objects without a value come last either way. */
  readonly direction: 'asc' | 'desc'
}

export interface LoadRequest {
  readonly objectSet: ObjectSet
  /** API names; empty: every property that the caller may read. */
  readonly select: readonly string[]
  readonly orderBy: readonly OrderBy[]
  readonly pageSize: number
  readonly pageToken: string | null
  readonly includeRid: boolean
}

export interface LinksRequest {
  readonly objectSet: ObjectSet
  /** API names, each once. */
  readonly links: readonly string[]
  readonly pageToken: string | null
}
