import { type EventType, fold, type GovernanceState, type Input, sign } from '#governance'
import { type FdpError, type Instant, isFdpError, type SubjectId } from '#kernel'
import type { EntryInput } from '#ledger'

/** Who signs, when, and what the register is told to have it from. */
export interface Signing {
  readonly by: SubjectId
  readonly at: Instant
  readonly source: string
}

/** An event that is still to be signed, and what it is in words. */
export interface Draft {
  readonly type: EventType
  readonly input: Input<EventType>
  /** `joins`, `new post`, `leaves`, … */
  readonly what: string
  /** The person or team. */
  readonly about: string
  /** Of the file that it comes from. */
  readonly line: number | null
}

export function draft<T extends EventType>(type: T, input: Input<T>, what: string, about: string): Draft {
  return { type, input: input as Input<EventType>, what, about, line: null }
}

export interface Refused {
  readonly line: number | null
  readonly error: FdpError
}

/**
 * Signs drafts one after another, each in the state that the ones before it make. What cannot be signed is listed with
 * its reason; whoever appends decides whether the rest may go in.
 */
export function signDrafts(
  state: GovernanceState,
  drafts: readonly Draft[],
  at: Instant,
): { readonly entries: readonly EntryInput[]; readonly refused: readonly Refused[] } {
  const entries: EntryInput[] = []
  const refused: Refused[] = []
  let current = state
  for (const { type, input, line } of drafts) {
    try {
      const entry = sign(current, type, input, at)
      const time = current.lastTime > at ? current.lastTime : at
      current = fold(current, { ...entry, index: current.upTo + 1, time })
      entries.push(entry)
    } catch (error) {
      if (!isFdpError(error)) throw error
      refused.push({ line, error })
    }
  }
  return { entries, refused }
}
