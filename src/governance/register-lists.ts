import type { Instant } from '#kernel'
import type { Sight } from './oversight.ts'
import type { Agreement, Contract, Instrument, SwitchedOn, Team } from './registers.ts'
import { isAgreed } from './standing.ts'
import {
  type DpiaVersion,
  type Family,
  type GovernanceState,
  inForce,
  isInPost,
  type Organisation,
  type Person,
  type Purpose,
  purposeAt,
} from './state.ts'

/** What each register holds, one object a line; versions of assessments and agreements each on their own. */
export interface RegisterLines {
  readonly organisations: Organisation
  readonly people: Person & { readonly inPost: boolean }
  readonly teams: Team
  readonly purposes: Purpose
  readonly instruments: Instrument
  readonly contracts: Contract
  readonly agreements: Agreement & { readonly inForce: boolean }
  readonly dpias: DpiaVersion & { readonly inForce: boolean }
  readonly families: Family
  readonly 'switched-on': SwitchedOn & { readonly on: boolean }
}

export type RegisterName = keyof RegisterLines

type List<Name extends RegisterName> = (
  state: GovernanceState,
  sight: Sight,
  at: Instant,
) => readonly RegisterLines[Name][]

const lists: { readonly [Name in RegisterName]: List<Name> } = {
  organisations: ({ organisations }) => [...organisations.values()],
  people(state, sight, at) {
    sight.checkAll('see the list of people')
    return [...state.persons.values()].map((person) => ({ ...person, inPost: isInPost(person, at) }))
  },
  teams: ({ teams }, sight) =>
    [...teams.values()].map((team) => ({
      ...team,
      members: team.members.filter(({ person }) => sight.concerns(person)),
    })),
  purposes: ({ purposes }, _sight, at) => [...purposes.values()].map((purpose) => purposeAt(purpose, at)),
  instruments: ({ instruments }) => [...instruments.values()],
  contracts: ({ contracts }) => [...contracts.values()],
  agreements: (state, _sight, at) =>
    [...state.agreements.values()]
      .flat()
      .map((agreement) => ({ ...agreement, inForce: isAgreed(state, agreement, at) })),
  dpias: ({ dpias }, _sight, at) =>
    [...dpias.values()].flatMap((versions) =>
      versions.map((version) => ({ ...version, inForce: inForce(versions, at) === version })),
    ),
  families: ({ families }) => [...families.values()],
  'switched-on': ({ switchedOn }, _sight, at) =>
    [...switchedOn.values()].map((each) => ({ ...each, on: each.from <= at && at < each.until })),
}

export const registerNames = Object.keys(lists) as readonly RegisterName[]

/**
 * A register as somebody may see it, in the order of registration. People are for those who oversee
 * (FDP_GOVERNANCE_NOT_ENTITLED); of a team's members others see only themselves.
 */
export function registerList<Name extends RegisterName>(
  state: GovernanceState,
  name: Name,
  sight: Sight,
  at: Instant,
): readonly RegisterLines[Name][] {
  return lists[name](state, sight, at)
}
