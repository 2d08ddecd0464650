import type { Duty, GovernanceState, Grade, Person, PersonKind } from '#governance'
import type { Instant, OdsCode, SubjectId } from '#kernel'
import { type Draft, draft, type Signing } from './draft.ts'
import { staffErrors } from './errors.ts'

/** Somebody as a staff record has them. What is left out stays as the register has it. */
export interface StaffMember {
  readonly id: SubjectId
  readonly name: string
  readonly role: string
  readonly kind: PersonKind
  readonly employer: OdsCode
  readonly duties?: readonly Duty[]
  readonly grade?: Grade
  readonly manager?: SubjectId | null
  /** Of a new post only. */
  readonly from?: Instant
  /** When they leave or left. */
  readonly until: Instant | null
  readonly clearanceUntil?: Instant
  readonly trainingUntil?: Instant
}

/** Not the opposite of being in post: somebody may not have begun yet. */
export function hasLeft({ until }: Person, at: Instant): boolean {
  return until !== null && until <= at
}

/** Whether the register goes on with the post it has: else grants, memberships and duties of it have ended. */
export function keepsPost(before: Person | undefined, member: StaffMember, at: Instant): before is Person {
  if (!before || before.kind !== member.kind || before.employer !== member.employer) return false
  if (before.until === null) return true
  // Their leaving is known. Unless it is put off, there is nothing to register anew.
  return at < before.until && member.until !== null && member.until <= before.until
}

/** What has to be signed so that the register has somebody as the staff record has them. FDP_STAFF_KIND. */
export function memberDrafts(state: GovernanceState, member: StaffMember, signing: Signing): readonly Draft[] {
  const { by, at, source } = signing
  const before = state.persons.get(member.id)
  if (member.until !== null && member.until <= at) {
    if (!before || hasLeft(before, at)) return []
    return [draft('governance.person-left', { by, person: member.id, at: member.until }, 'leaves', member.id)]
  }
  if ((member.kind === 'controller-staff') !== (member.employer === state.controller))
    throw staffErrors('FDP_STAFF_KIND')
  const drafts: Draft[] = []
  const stays = keepsPost(before, member, at)
  if (!stays || isChanged(before, member)) drafts.push(registration(before, member, stays, signing))
  const known = stays ? before : null
  const { clearanceUntil, trainingUntil } = member
  if (clearanceUntil !== undefined && clearanceUntil !== known?.clearanceUntil) {
    const input = { by, person: member.id, until: clearanceUntil, reference: source }
    drafts.push(draft('governance.clearance-recorded', input, 'clearance', member.id))
  }
  if (trainingUntil !== undefined && trainingUntil !== known?.trainingUntil) {
    const input = { by, person: member.id, until: trainingUntil, course: source }
    drafts.push(draft('governance.training-recorded', input, 'training', member.id))
  }
  if (member.until !== null && (known?.until ?? null) !== member.until) {
    const input = { by, person: member.id, at: member.until }
    drafts.push(draft('governance.person-left', input, `leaves on ${member.until.slice(0, 10)}`, member.id))
  }
  return drafts
}

/** A new post brings no duties and no grade along: an approving officer gives them again. */
function registration(before: Person | undefined, member: StaffMember, stays: boolean, { by, at }: Signing): Draft {
  const { id, name, role, kind, employer } = member
  const known = stays ? before : undefined
  const input = {
    ...{ by, id, name, role, kind, employer },
    duties: [...(member.duties ?? known?.duties ?? [])],
    grade: member.grade ?? known?.grade ?? ('staff' as const),
    manager: member.manager === undefined ? (known?.manager ?? null) : member.manager,
    clearanceUntil: known?.clearanceUntil ?? null,
    trainingUntil: known?.trainingUntil ?? null,
    from: known?.from ?? member.from ?? at,
  }
  const what = known ? 'changes' : before ? 'new post' : 'joins'
  return draft('governance.person-registered', input, what, id)
}

function isChanged(before: Person, { name, role, grade, manager, duties }: StaffMember): boolean {
  if (before.until !== null) return false
  const isOther = <T>(given: T | undefined, known: T) => given !== undefined && given !== known
  return (
    before.name !== name ||
    before.role !== role ||
    isOther(grade, before.grade) ||
    isOther(manager, before.manager) ||
    (duties !== undefined && [...duties].sort().join() !== [...before.duties].sort().join())
  )
}
