import { type GovernanceState, type Membership, membersOf, type Team } from '#governance'
import { type Instant, parseSubjectId, type SubjectId } from '#kernel'
import { type Draft, draft, type Signing } from './draft.ts'
import { staffErrors } from './errors.ts'
import { groupSchema, listAt, readAs, type ScimObject, textAt } from './scim-values.ts'

const idPattern = /^[a-z0-9][a-z0-9._-]{0,79}$/
/** What SCIM itself says of the type of a member: no role. */
const noRoles = ['user', 'group']

/** A team as SCIM's Group: who has a role in it at a moment, with the role as the type of the member. */
export function scimGroup(state: GovernanceState, team: Team, at: Instant, base: string): ScimObject {
  return {
    schemas: [groupSchema],
    ...{ id: team.id, displayName: team.name },
    members: membersNow(state, team, at).map(({ person, role }) => ({
      ...{ value: person, type: role, display: state.persons.get(person)?.name ?? person },
      $ref: `${base}/Users/${encodeURIComponent(person)}`,
    })),
    meta: { resourceType: 'Group', location: `${base}/Groups/${team.id}` },
  }
}

export interface GroupInput extends Signing {
  /** Of a member whose type names none. */
  readonly defaultRole: string
}

/** Registers a team, or renames it, and makes its members those of the Group. FDP_STAFF_SCIM_VALUE. */
export function groupChange(
  state: GovernanceState,
  body: ScimObject,
  id: string | null,
  { defaultRole, ...signing }: GroupInput,
): { readonly id: string; readonly drafts: readonly Draft[] } {
  const { by, at } = signing
  const name = textAt(body, 'displayName')
  if (name === undefined || name.length > 200)
    throw staffErrors('FDP_STAFF_SCIM_VALUE', { attribute: 'displayName', shape: 'a text of 1 to 200 characters' })
  const team = id ?? newId(textAt(body, 'externalId'), name)
  const known = state.teams.get(team)
  const drafts: Draft[] = []
  if (known?.name !== name) {
    const organisation = known?.organisation ?? state.controller!
    drafts.push(draft('governance.team-registered', { by, id: team, name, organisation }, 'team', team))
  }
  const wanted = (listAt(body, 'members') ?? []).map((each) => wantedMember(each, defaultRole))
  const now = known ? membersNow(state, known, at) : []
  const isIn = (all: readonly Wanted[], one: Wanted) =>
    all.some(({ person, role }) => person === one.person && role === one.role)
  for (const { person, role } of now.filter((each) => !isIn(wanted, each)))
    drafts.push(draft('governance.team-left', { by, team, person, role, at }, `leaves ${team}`, person))
  wanted.forEach((each, i) => {
    if (isIn(now, each) || isIn(wanted.slice(0, i), each)) return
    const { person, role } = each
    drafts.push(
      draft('governance.team-joined', { by, team, person, role, from: at, until: null }, `joins ${team}`, person),
    )
  })
  return { id: team, drafts }
}

type Wanted = Pick<Membership, 'person' | 'role'>

function wantedMember(member: ScimObject, defaultRole: string): Wanted {
  const person = readAs(
    'members.value',
    'the id of a person',
    (): SubjectId => parseSubjectId(textAt(member, 'value') ?? ''),
  )
  const type = textAt(member, 'type')
  if (type === undefined || noRoles.includes(type.toLowerCase())) return { person, role: defaultRole }
  if (!idPattern.test(type))
    throw staffErrors('FDP_STAFF_SCIM_VALUE', {
      attribute: 'members.type',
      shape: 'a role in small letters and hyphens',
    })
  return { person, role: type }
}

function membersNow(state: GovernanceState, team: Team, at: Instant): readonly Membership[] {
  const roles = new Set(team.members.map(({ role }) => role))
  return [...roles].flatMap((role) => membersOf(state, { team: team.id, role }, at))
}

function newId(externalId: string | undefined, name: string): string {
  if (externalId !== undefined && idPattern.test(externalId)) return externalId
  const id = name
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-+|-+$/g, '')
    .slice(0, 80)
  if (!idPattern.test(id))
    throw staffErrors('FDP_STAFF_SCIM_VALUE', { attribute: 'displayName', shape: 'a name with letters or digits' })
  return id
}
