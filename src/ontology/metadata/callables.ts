import type { Session } from '#gate'
import type { JsonObject } from '#kernel'
import type { Level } from '#privacy'

/** Who asks, and the levels that their request lets be used. */
export interface Asking {
  readonly session: Session
  readonly levels?: readonly Level[]
}

/**
 * Something the ontology lets be called (actions, queries), with the metadata of each by API name in the form of the
 * wire: ActionTypeV2, QueryTypeV2. Only what this caller may use now; what they may not is not there.
 */
export interface CallableProvider {
  metadata(asking: Asking): Readonly<Record<string, JsonObject>>
}

/** Nothing can be called. */
export const noCallables: CallableProvider = { metadata: () => ({}) }
