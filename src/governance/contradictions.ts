import type { Instant, SubjectId } from '#kernel'
import type { DpiaClaim } from './dpia-form.ts'
import { daysOf } from './facts.ts'
import { holdersNow, isHeld } from './standing.ts'
import { type DpiaVersion, type GovernanceState, type Grant, inForce, type Person, purposeAt } from './state.ts'
import type { Level, PersonKind } from './vocabulary.ts'

/** A sentence of a DPIA that is not true at a moment. Reads outside it are refused all the same. */
export interface Contradiction {
  readonly dpia: string
  readonly version: number
  /** What the DPIA says, in words made from its claims and bounds. */
  readonly sentence: string
  /** What is the case instead; names of people only as ids. */
  readonly instead: string
  readonly grants: readonly string[]
}

/**
 * Holds every DPIA in force against the grants that people hold at a moment and against the contracts. Grants are looked
 * at as they were given, whether or not the policies let them work: a grant that a DPIA does not know should not exist.
 */
export function contradictions(state: GovernanceState, at: Instant): readonly Contradiction[] {
  const held = heldGrants(state, at)
  return [...state.dpias.values()].flatMap((versions) => {
    const version = inForce(versions, at)
    if (!version) return []
    const mine = held.filter(
      ({ grant }) => grant.dpia?.id === version.id && !isCareUnderNotice(state, grant, version, at),
    )
    return [
      ...sentencesUntrue(version, mine),
      ...capUntrue(version, held),
      ...contractsUntrue(state, version),
      ...reviewUntrue(version, at),
    ]
  })
}

interface Held {
  readonly grant: Grant
  readonly person: Person
}

function heldGrants(state: GovernanceState, at: Instant): readonly Held[] {
  return [...state.grants.values()]
    .filter(({ basis }) => basis === 'approval')
    .flatMap((grant) =>
      holdersNow(state, grant, at)
        .map((id) => state.persons.get(id))
        .filter((person) => person !== undefined)
        .filter((person) => isHeld(state, grant, person, at, () => {}))
        .map((person) => ({ grant, person })),
    )
}

/** Individual care goes on under the version before until its notice has run. */
function isCareUnderNotice(state: GovernanceState, grant: Grant, version: DpiaVersion, at: Instant): boolean {
  const purpose = state.purposes.get(grant.purpose)
  return (
    purpose !== undefined && purposeAt(purpose, at).class === 'individual-care' && at < version.effectiveForCareFrom
  )
}

function sentencesUntrue(version: DpiaVersion, held: readonly Held[]): readonly Contradiction[] {
  const found = new Map<string, { people: Set<SubjectId>; grants: Set<string>; what: string }>()
  for (const { grant, person } of held) {
    const untrue = untrueOf(version.claims, grant, person)
    if (!untrue) continue
    const known = found.get(untrue.sentence) ?? { people: new Set(), grants: new Set(), what: untrue.what }
    known.people.add(person.id)
    known.grants.add(grant.id)
    found.set(untrue.sentence, known)
  }
  return [...found].map(([sentence, { people, grants, what }]) => ({
    ...{ dpia: version.id, version: version.version, sentence },
    instead: `${[...people].sort().join(', ')} ${people.size === 1 ? 'holds' : 'hold'} a grant ${what}`,
    grants: [...grants].sort(),
  }))
}

const kindInWords: Readonly<Record<PersonKind, string>> = {
  'controller-staff': 'the controller’s own staff',
  'care-partner': 'care partners’ staff',
  'processor-staff': 'processors’ staff',
  other: 'others',
}

/** The first part of the claims that a grant does not fit: data set, kind, level, purpose, recipient, length. */
function untrueOf(
  claims: readonly DpiaClaim[],
  grant: Grant,
  { kind, employer }: Person,
): { sentence: string; what: string } | null {
  const { object, level, purpose } = grant
  const who = kindInWords[kind]
  const onObject = claims.filter((claim) => claim.objects.includes(object))
  if (onObject.length === 0) return { sentence: `Nobody sees ${object}.`, what: `on ${object}` }
  const ofKind = onObject.filter((claim) => claim.kinds.includes(kind))
  if (ofKind.length === 0) {
    const kinds = listed(onObject.flatMap((claim) => claim.kinds).map((each) => kindInWords[each]))
    return { sentence: `Only ${kinds} see ${object}.`, what: `on ${object} as ${who}` }
  }
  const atLevel = ofKind.filter((claim) => claim.levels.includes(level))
  if (atLevel.length === 0) {
    const levels = listed(ofKind.flatMap((claim) => claim.levels as readonly Level[]))
    return { sentence: `${upper(who)} see ${object} only at the level ${levels}.`, what: `on ${object}, ${level}` }
  }
  const forPurpose = atLevel.filter((claim) => claim.purposes.includes(purpose))
  if (forPurpose.length === 0) {
    const purposes = listed(atLevel.flatMap((claim) => claim.purposes as readonly string[]))
    return {
      sentence: `${upper(who)} see ${object}, ${level}, only for ${purposes}.`,
      what: `on ${object} for ${purpose}`,
    }
  }
  const ofEmployer = forPurpose.filter((claim) => claim.recipients?.includes(employer) ?? true)
  if (ofEmployer.length === 0) {
    const recipients = listed(forPurpose.flatMap((claim) => (claim.recipients ?? []) as readonly string[]))
    return {
      sentence: `Only people of ${recipients} see ${object} as ${who}.`,
      what: `on ${object} as people of ${employer}`,
    }
  }
  const daysMax = Math.max(...ofEmployer.map((claim) => claim.daysMax))
  const days = daysOf(grant)
  if (days <= daysMax) return null
  return {
    sentence: `No grant on ${object} for ${purpose} lasts longer than ${daysMax} days.`,
    what: `of ${days} days`,
  }
}

function capUntrue(version: DpiaVersion, held: readonly Held[]): readonly Contradiction[] {
  const peopleMax = version.bounds.elevated?.peopleMax
  if (peopleMax === undefined) return []
  const elevated = held.filter(
    ({ grant, person }) =>
      person.kind === 'processor-staff' && grant.level === 'identifiable' && grant.action === 'read',
  )
  const people = new Set(elevated.map(({ person }) => person.id))
  if (people.size <= peopleMax) return []
  return [
    {
      ...{ dpia: version.id, version: version.version },
      sentence: `At most ${peopleMax} people of processors may see identifiable data at one time.`,
      instead: `${people.size} hold such a grant; the latest approved are suspended`,
      grants: elevated.map(({ grant }) => grant.id).sort(),
    },
  ]
}

function contractsUntrue(state: GovernanceState, version: DpiaVersion): readonly Contradiction[] {
  return (version.bounds.contracts ?? []).flatMap((foreseen) => {
    const contract = state.contracts.get(foreseen.id)
    if (!contract) return []
    const about = { dpia: version.id, version: version.version, grants: [] }
    const others = contract.subProcessors.filter((each) => !foreseen.subProcessors.includes(each))
    const uses = contract.instructions
      .flatMap(({ purposes }) => purposes)
      .filter((each) => !foreseen.purposes.includes(each))
    return [
      ...(contract.until > foreseen.until
        ? [
            {
              ...about,
              sentence: `The contract ${contract.id} ends on ${foreseen.until.slice(0, 10)}.`,
              instead: `it was extended to ${contract.until.slice(0, 10)}`,
            },
          ]
        : []),
      ...(others.length > 0
        ? [
            {
              ...about,
              sentence: `The contract ${contract.id} has no sub-processors but ${listed(foreseen.subProcessors) || 'none'}.`,
              instead: `it also has ${listed(others)}`,
            },
          ]
        : []),
      ...(uses.length > 0
        ? [
            {
              ...about,
              sentence: `The contract ${contract.id} is for ${listed(foreseen.purposes)} alone.`,
              instead: `it also instructs ${listed(uses)}`,
            },
          ]
        : []),
    ]
  })
}

function reviewUntrue({ id, version, document }: DpiaVersion, at: Instant): readonly Contradiction[] {
  if (document === null || at < document.nextReview) return []
  const on = document.nextReview.slice(0, 10)
  return [
    {
      ...{ dpia: id, version, grants: [] },
      sentence: `This assessment is looked at again by ${on}.`,
      instead: 'no later version has been approved',
    },
  ]
}

function listed(words: readonly string[]): string {
  const [last, ...before] = [...new Set(words)].sort().reverse()
  return before.length === 0 ? (last ?? '') : `${before.reverse().join(', ')} and ${last}`
}

function upper(words: string): string {
  return words.charAt(0).toUpperCase() + words.slice(1)
}
