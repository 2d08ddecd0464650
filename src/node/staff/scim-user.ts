import {
  type Duty,
  duties,
  type GovernanceState,
  type Grade,
  grades,
  type Person,
  type PersonKind,
  personKinds,
} from '#governance'
import { type Instant, type OdsCode, parseOdsCode, parseSubjectId, type SubjectId } from '#kernel'
import { type Draft, draft, type Signing } from './draft.ts'
import { staffErrors } from './errors.ts'
import { hasLeft, keepsPost, memberDrafts, type StaffMember } from './member.ts'
import {
  attributeOf,
  enterpriseSchema,
  listAt,
  objectAt,
  readAs,
  type ScimObject,
  staffSchema,
  textAt,
  truthAt,
  userSchema,
} from './scim-values.ts'

/** A person of the register as SCIM's User; `at` decides whether they are active. */
export function scimUser(person: Person, at: Instant, base: string): ScimObject {
  const { id, name, role, kind, employer, manager, grade } = person
  return {
    schemas: [userSchema, enterpriseSchema, staffSchema],
    ...{ id, userName: id, displayName: name, name: { formatted: name }, title: role, userType: kind },
    active: !hasLeft(person, at),
    roles: person.duties.map((value) => ({ value })),
    [enterpriseSchema]: { organization: employer, ...(manager === null ? {} : { manager: { value: manager } }) },
    [staffSchema]: { grade },
    meta: { resourceType: 'User', location: `${base}/Users/${encodeURIComponent(id)}` },
  }
}

export interface UserChange {
  readonly id: SubjectId
  readonly drafts: readonly Draft[]
  /** Signed where `drafts` are refused: a post that has ended stays open for no formality. */
  readonly instead: readonly Draft[]
}

/**
 * What makes the register say what a User says. `userName` is the id and never changes. Errors: FDP_STAFF_SCIM_VALUE,
 * FDP_STAFF_MANAGER, FDP_STAFF_KIND.
 */
export function userChange(state: GovernanceState, body: ScimObject, id: string | null, signing: Signing): UserChange {
  const { by, at } = signing
  const member = memberOf(state, body, id, at)
  const before = state.persons.get(member.id)
  if (member.manager && !state.persons.has(member.manager)) throw staffErrors('FDP_STAFF_MANAGER')
  const drafts = memberDrafts(state, member, signing)
  const ends = before !== undefined && !hasLeft(before, at) && !keepsPost(before, member, at)
  const leaving = draft('governance.person-left', { by, person: member.id, at }, 'leaves', member.id)
  return { id: member.id, drafts, instead: ends ? [leaving] : [] }
}

function memberOf(state: GovernanceState, body: ScimObject, id: string | null, at: Instant): StaffMember {
  const userName = textAt(body, 'userName') ?? id ?? undefined
  const subject = readAs('userName', 'the id of a person, like ada.bell@trust.example', () =>
    parseSubjectId(userName ?? ''),
  )
  if (id !== null && subject !== id)
    throw staffErrors('FDP_STAFF_SCIM_VALUE', { attribute: 'userName', shape: 'the same as before' })
  const before = state.persons.get(subject)
  const enterprise = objectAt(body, enterpriseSchema)
  const organisation = textAt(enterprise, 'organization')
  const employer =
    organisation === undefined
      ? (before?.employer ?? (state.controller as OdsCode))
      : readAs('organization', 'an ODS code', () => parseOdsCode(organisation))
  const stays = truthAt(body, 'active') ?? !(before && hasLeft(before, at))
  const grade = textAt(objectAt(body, staffSchema), 'grade')
  const manager = managerOf(enterprise)
  const held = dutiesOf(body)
  return {
    ...{ id: subject, name: nameOf(body, before), role: textAt(body, 'title') ?? before?.role ?? 'Staff', employer },
    kind: kindOf(body, before, employer, state.controller),
    until: stays ? knownEnd(before, at) : at,
    ...(held === undefined ? {} : { duties: held }),
    ...(grade === undefined ? {} : { grade: oneOf<Grade>('grade', grades, grade) }),
    ...(manager === undefined ? {} : { manager }),
  }
}

/** A leaving that is known goes on being known while somebody is active. */
function knownEnd(before: Person | undefined, at: Instant): Instant | null {
  return before && before.until !== null && at < before.until ? before.until : null
}

function nameOf(body: ScimObject, before: Person | undefined): string {
  const parts = objectAt(body, 'name')
  const joined = [textAt(parts, 'givenName'), textAt(parts, 'familyName')]
    .filter((each) => each !== undefined)
    .join(' ')
  const given = textAt(body, 'displayName') ?? textAt(parts, 'formatted') ?? (joined === '' ? undefined : joined)
  const name = given ?? before?.name
  if (name === undefined || name.length > 200)
    throw staffErrors('FDP_STAFF_SCIM_VALUE', { attribute: 'displayName', shape: 'a text of 1 to 200 characters' })
  return name
}

/**
 * Whoever comes from elsewhere without saying as what is an outsider. A kind that was only carried along by a change of
 * employer is void with the old one.
 */
function kindOf(body: ScimObject, before: Person | undefined, employer: string, controller: string | null): PersonKind {
  const said = textAt(body, 'userType')
  const isOwn = employer === controller
  const byEmployer = isOwn ? 'controller-staff' : 'other'
  const moved = before !== undefined && before.employer !== employer
  if (said === undefined) return before && !moved ? before.kind : byEmployer
  const kind = oneOf<PersonKind>('userType', personKinds, said)
  const carriedAlong = moved && kind === before.kind && (kind === 'controller-staff') !== isOwn
  return carriedAlong ? byEmployer : kind
}

function managerOf(enterprise: ScimObject): StaffMember['manager'] {
  const given = attributeOf(enterprise, 'manager')
  if (given === undefined) return undefined
  const text = typeof given === 'string' ? given : textAt(objectAt(enterprise, 'manager'), 'value')
  return text === undefined || text === '' ? null : readAs('manager', 'the id of a person', () => parseSubjectId(text))
}

function dutiesOf(body: ScimObject): readonly Duty[] | undefined {
  return listAt(body, 'roles')?.map((each) => oneOf<Duty>('roles', duties, textAt(each, 'value') ?? ''))
}

function oneOf<T extends string>(attribute: string, choices: readonly T[], text: string): T {
  const found = choices.find((each) => each === text)
  if (found === undefined)
    throw staffErrors('FDP_STAFF_SCIM_VALUE', { attribute, shape: `one of ${choices.join(', ')}` })
  return found
}
