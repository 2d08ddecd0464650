import type { JsonObject } from '#kernel'
import type { SeenType } from '../object-set/scope.ts'
import type { AggregateRequest } from './wire.ts'

/**
 * What the ledger says was asked: kinds and the contract's own names for good; values, and names that the sender made,
 * in the part that can be erased.
 */
export function aboutAggregate(request: AggregateRequest, { type, columns }: SeenType, justification?: string) {
  const named = (each: { readonly type: string; readonly field?: string }) => ({
    type: each.type,
    ...(each.field === undefined ? {} : { property: columns.has(each.field) ? each.field : '(derived)' }),
  })
  return {
    about: {
      ...{ kind: 'aggregate', object: type.name, set: request.objectSet.type },
      metrics: request.aggregation.map(named),
      groupBy: request.groupBy.map(named),
    } satisfies JsonObject,
    detail: JSON.parse(JSON.stringify({ objectSet: request.objectSet, groupBy: request.groupBy })) as JsonObject,
    ...(justification === undefined ? {} : { justification }),
  }
}
