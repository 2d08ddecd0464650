import { type GovernanceState, isInPost, type Person, type Team } from '#governance'
import type { Instant, SubjectId } from '#kernel'
import type { EntryInput } from '#ledger'
import { type Draft, draft, signDrafts } from './draft.ts'
import { staffErrors } from './errors.ts'
import { hasLeft } from './member.ts'
import { type GroupInput, groupChange, scimGroup } from './scim-group.ts'
import { patched } from './scim-patch.ts'
import { scimUser, userChange } from './scim-user.ts'
import { listSchema, type ScimObject } from './scim-values.ts'

/*
 * SCIM 2.0 over the register: Users are people, Groups are teams. Pure: a resource and the state give the events; the
 * events say who may sign them. Whoever left is still there, inactive: a register forgets nobody.
 */

export type { ScimObject }

export interface ScimOutcome {
  readonly id: string
  readonly entries: readonly EntryInput[]
  /** Why not all of it: what could be signed (the end of a post) is in `entries` all the same. */
  readonly refused: Error | null
}

export interface ScimCall extends GroupInput {
  readonly state: GovernanceState
  /** Address of the tenant's SCIM endpoints, for links. */
  readonly base: string
}

const keepers = ['registrar', 'information-asset-owner', 'caldicott-guardian']

/** Names of staff are for those who keep the register, too. FDP_STAFF_KEEPER. */
export function checkKeeper(state: GovernanceState, by: SubjectId, purpose: string, at: Instant): void {
  const person = state.persons.get(by)
  const isKeeper =
    person !== undefined &&
    isInPost(person, at) &&
    person.kind === 'controller-staff' &&
    person.employer === state.controller &&
    person.duties.some((duty) => keepers.includes(duty))
  if (!isKeeper || purpose !== 'staff-register') throw staffErrors('FDP_STAFF_KEEPER')
}

export function createUser(call: ScimCall, body: ScimObject): ScimOutcome {
  return user(call, body, null)
}

export function replaceUser(call: ScimCall, id: string, body: ScimObject): ScimOutcome {
  found(call.state.persons.get(id))
  return user(call, body, id)
}

export function patchUser(call: ScimCall, id: string, patch: ScimObject): ScimOutcome {
  const person = found(call.state.persons.get(id))
  return user(call, patched(scimUser(person, call.at, call.base), patch), id)
}

export function removeUser({ state, by, at }: ScimCall, id: string): ScimOutcome {
  const person = found(state.persons.get(id))
  const drafts = !hasLeft(person, at)
    ? [draft('governance.person-left', { by, person: person.id, at }, 'leaves', id)]
    : []
  return signed(state, id, drafts, [], at)
}

function user(call: ScimCall, body: ScimObject, id: string | null): ScimOutcome {
  const { state, at } = call
  const { id: subject, drafts, instead } = userChange(state, body, id, call)
  if (id === null && state.persons.has(subject)) throw staffErrors('FDP_STAFF_SCIM_UNIQUE')
  return signed(state, subject, drafts, instead, at)
}

export function createGroup(call: ScimCall, body: ScimObject): ScimOutcome {
  const { id, drafts } = groupChange(call.state, body, null, call)
  if (call.state.teams.has(id)) throw staffErrors('FDP_STAFF_SCIM_UNIQUE')
  return signed(call.state, id, drafts, [], call.at)
}

export function replaceGroup(call: ScimCall, id: string, body: ScimObject): ScimOutcome {
  found(call.state.teams.get(id))
  return signed(call.state, id, groupChange(call.state, body, id, call).drafts, [], call.at)
}

export function patchGroup(call: ScimCall, id: string, patch: ScimObject): ScimOutcome {
  const team = found(call.state.teams.get(id))
  return replaceGroup(call, id, patched(scimGroup(call.state, team, call.at, call.base), patch))
}

/** Nobody has a role in it any more. The team stays in the register, empty: grants may name it. */
export function removeGroup(call: ScimCall, id: string): ScimOutcome {
  const { name } = found(call.state.teams.get(id))
  return replaceGroup(call, id, { displayName: name })
}

export function readUser({ state, at, base }: ScimCall, id: string): ScimObject {
  return scimUser(found(state.persons.get(id)), at, base)
}

export function readGroup({ state, at, base }: ScimCall, id: string): ScimObject {
  return scimGroup(state, found(state.teams.get(id)), at, base)
}

export interface ScimQuestion {
  readonly filter?: string
  /** From 1. */
  readonly startIndex?: number
  readonly count?: number
}

export function listUsers({ state, at, base }: ScimCall, asked: ScimQuestion): ScimObject {
  const names = (person: Person) => ({ id: person.id, username: person.id, displayname: person.name })
  return listed([...state.persons.values()], asked, names, (person) => scimUser(person, at, base))
}

export function listGroups({ state, at, base }: ScimCall, asked: ScimQuestion): ScimObject {
  const names = (team: Team) => ({ id: team.id, displayname: team.name })
  return listed([...state.teams.values()], asked, names, (team) => scimGroup(state, team, at, base))
}

const countMax = 200

function listed<T extends Person | Team>(
  all: readonly T[],
  { filter, startIndex = 1, count = countMax }: ScimQuestion,
  names: (one: T) => Readonly<Record<string, string>>,
  shown: (one: T) => ScimObject,
): ScimObject {
  const kept = filter === undefined ? all : all.filter(filterOf(filter, names))
  const ordered = [...kept].sort((a, b) => (a.id < b.id ? -1 : 1))
  const from = Math.max(1, startIndex)
  const page = ordered.slice(from - 1, from - 1 + Math.max(0, Math.min(count, countMax)))
  return {
    schemas: [listSchema],
    ...{ totalResults: ordered.length, startIndex: from, itemsPerPage: page.length },
    Resources: page.map(shown),
  }
}

function filterOf<T>(filter: string, names: (one: T) => Readonly<Record<string, string>>): (one: T) => boolean {
  const match = /^\s*(userName|id|displayName)\s+eq\s+"([^"\\]{1,200})"\s*$/i.exec(filter)
  if (!match) throw staffErrors('FDP_STAFF_SCIM_FILTER')
  const [, attribute = '', value = ''] = match
  return (one) => names(one)[attribute.toLowerCase()] === value
}

function signed(
  state: GovernanceState,
  id: string,
  drafts: readonly Draft[],
  instead: readonly Draft[],
  at: Instant,
): ScimOutcome {
  const { entries, refused } = signDrafts(state, drafts, at)
  const [first] = refused
  if (!first) return { id, entries, refused: null }
  return { id, entries: signDrafts(state, instead, at).entries, refused: first.error }
}

function found<T>(one: T | undefined): T {
  if (one === undefined) throw staffErrors('FDP_STAFF_SCIM_NONE')
  return one
}
