import type { JsonObject } from '#kernel'

/*
 * What a node says to a subscriber, as `@osdk/client` 2.22.0 reads it (spec/ontology-subscriptions.md). Objects come as
 * the text that the engine made of them, and go out as they are.
 */

export type ObjectState = 'ADDED_OR_UPDATED' | 'REMOVED'

/** One object that changed: its JSON text. */
export interface ObjectUpdate {
  readonly object: string
  readonly state: ObjectState
}

/** An error of the API, by the name and parameters that its REST answers have. */
export interface StreamError {
  readonly error: string
  readonly args: readonly { readonly name: string; readonly value: string }[]
}

export type SubscribeAnswer =
  | { readonly type: 'success'; readonly id: string }
  | { readonly type: 'error'; readonly errors: readonly StreamError[] }

/** One answer to each request of a message, in their order. */
export function subscribeResponses(id: string, responses: readonly SubscribeAnswer[]): string {
  return JSON.stringify({ type: 'subscribeResponses', id, responses })
}

/** The set is to be loaded again: what changed is not said. */
export function refreshObjectSet(id: string, objectType: string): string {
  return JSON.stringify({ type: 'refreshObjectSet', id, objectType })
}

export function objectSetChanged(id: string, updates: readonly ObjectUpdate[]): string {
  const each = updates.map(({ object, state }) => `{"type":"object","object":${object},"state":"${state}"}`)
  return `{"type":"objectSetChanged","id":${JSON.stringify(id)},"updates":[${each.join(',')}]}`
}

/** Nothing more will be said of this set, for a cause that tells no more than the same error of the API. */
export function subscriptionClosed(id: string, { error, args }: StreamError): string {
  return JSON.stringify({ type: 'subscriptionClosed', id, cause: { type: 'error', error, args } })
}

/** An error of the API, in the form that this protocol has for it. */
export function streamError(errorName: string, parameters: JsonObject): StreamError {
  const args = Object.entries(parameters).map(([name, value]) => ({
    name,
    value: typeof value === 'string' ? value : JSON.stringify(value),
  }))
  return { error: errorName, args }
}
