import { type Static, type TObject, type TProperties, Type } from '@sinclair/typebox'
import type { Instant } from '#kernel'
import type { GovernanceState } from '../state.ts'
import { SubjectIdSchema } from '../vocabulary.ts'

/** Every event says its version and who signs it. */
export type EventObject<P extends TProperties> = TObject<
  P & { version: ReturnType<typeof Type.Literal<1>>; by: typeof SubjectIdSchema }
>

/** Where in the ledger an event stands. */
export interface Place {
  readonly index: number
  readonly time: Instant
}

/** Everything there is to know of one type of event: what it says, who may sign it, and what it does to the state. */
export interface EventDefinition<P extends TProperties = TProperties, B = Static<EventObject<P>>> {
  /** What signing it is, in words that follow "may not" and "may": `register a person`. */
  readonly what: string
  readonly schema: EventObject<P>
  /** Why the fold gives it no effect for its signer at that moment; null if it does. */
  whyNotEntitled(state: GovernanceState, event: B, at: Instant): string | null
  /** Stricter than the fold where an event takes access away: who may sign it through this program. */
  whyNotSign?(state: GovernanceState, event: B, at: Instant): string | null
  /** Why it says nothing new, or contradicts what was said: rejected by the fold, whoever signs. */
  whyNotNew?(state: GovernanceState, event: B, at: Instant): string | null
  /** What signing it through this program also needs; throws the module's errors. */
  check?(state: GovernanceState, event: B, at: Instant): void
  apply(state: GovernanceState, event: B, place: Place): GovernanceState
}

/** An event type with its fields; version and signer are added. */
export function defineEvent<P extends TProperties>(
  fields: P,
  definition: Omit<EventDefinition<P>, 'schema'>,
): EventDefinition<P> {
  const schema = Type.Object(
    { version: Type.Literal(1), by: SubjectIdSchema, ...fields },
    { additionalProperties: false },
  ) as unknown as EventObject<P>
  return { ...definition, schema }
}

export const nullable = <T extends Parameters<typeof Type.Union>[0][number]>(schema: T) =>
  Type.Union([schema, Type.Null()])

export function earliest(a: Instant | null, b: Instant): Instant {
  return a !== null && a < b ? a : b
}

export function latest(a: Instant, b: Instant): Instant {
  if (a < b) return b
  return a
}
