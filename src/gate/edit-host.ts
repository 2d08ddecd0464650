import type { Result } from '#ports'
import type { Asker, Decided } from './decided.ts'
import type { GateDeps } from './deps.ts'
import type { OpenRead } from './open-read.ts'
import type { Refusals } from './refusals.ts'
import type { Inside } from './relation-plan.ts'
import type { Rooms } from './run.ts'
import type { Question } from './session.ts'

/** What an edit needs of the session that it belongs to. */
export interface EditHost extends Asker {
  readonly id: number
  readonly deps: GateDeps
  readonly rooms: Rooms
  /** Where the purpose asks for a reason at each read. */
  readonly justification?: string
  readonly refusals: Refusals
  readonly holdIdentity: () => Promise<void>
  readonly open: (question: Question, decided: Decided, personLevel: boolean) => Promise<OpenRead>
  readonly start: (
    read: OpenRead,
    question: Question & { readonly person: string },
    decided: Decided,
    identifiable: boolean,
    inside: Readonly<Record<string, Inside>>,
  ) => Promise<Pick<Result, 'columns'>>
}
