/**
 * Ontology: objects as people ask for them. A query is a plain value (which columns, which filter, which order, how
 * many, or which groups and counts); this module checks it and compiles it to SQL over the gate's relations.
 *
 * Promises: every property a query touches, in whatever clause, is asked of the gate as a column to be read; values are
 * bound, never spliced; rows come in a total order, by the primary key last (its
 * token, below identifiable level); what is wrong with a query in itself is said
 * before any object type is looked at.
 * Never: opens a file, sees a grant, or runs SQL that a person wrote.
 */

export { aggregateObjects, countObjects } from './aggregate/aggregate-objects.ts'
export { parseAggregateRequest, parseAggregateTypeRequest } from './aggregate/parse-aggregate.ts'
export type * from './aggregate/wire.ts'
export * from './api-errors.ts'
export { ontologyErrors } from './errors.ts'
export { type LoadDeps, loadObjects, loadObjectsOfTypes } from './load.ts'
export { loadLinks } from './load-links.ts'
export { type Asking, type CallableProvider, noCallables } from './metadata/callables.ts'
export { linkTypesOf } from './metadata/link-types.ts'
export { fullMetadataOf, hiddenKey, keyOf, objectTypeOf, wireType } from './metadata/object-types.ts'
export * from './metadata/ontology.ts'
export { parseMetadataRequest } from './metadata/parse-metadata-request.ts'
export * from './metadata/rids.ts'
export { type Seen, type Sight, sightOf } from './metadata/sight.ts'
export type * from './metadata/wire.ts'
export type * from './object-query.ts'
export { expandReferences } from './object-set/expand.ts'
export { parseListQuery } from './object-set/parse-list-query.ts'
export { parseObjectSet } from './object-set/parse-object-set.ts'
export {
  parseLinksRequest,
  parseLoadRequest,
  parseSearchRequest,
  parseTemporaryRequest,
} from './object-set/parse-request.ts'
export type * from './object-set/wire.ts'
export type { ObjectPage } from './page.ts'
export { parseWhere } from './parse-where.ts'
export { printableName } from './printable-name.ts'
export { questionOf, summaryOf } from './question.ts'
export { type Between, changesOf } from './subscriptions/changes-of.ts'
export { type DataChange, dataChangeIn } from './subscriptions/data-change.ts'
export * from './subscriptions/stream-messages.ts'
export { parseSubscribe, type SubscribeMessage, type SubscriptionRequest } from './subscriptions/subscribe-message.ts'
export { type Subscription, SubscriptionBook } from './subscriptions/subscription-book.ts'
export { subscriptionLimits } from './subscriptions/subscription-limits.ts'
export { dueAfter, type Watched, watch, withoutReferences } from './subscriptions/watch.ts'
export { type Keeper, TemporaryObjectSets } from './temporary-object-sets.ts'
