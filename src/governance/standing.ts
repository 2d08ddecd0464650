import { addMs, type Instant } from '#kernel'
import { holdersOf, membershipsOf, membersOf } from './grants-index.ts'
import type { Agreement, Contract, Membership } from './registers.ts'
import { type GovernanceState, type Grant, inForce, isInPost, type Person } from './state.ts'
import { levels, type RowScope } from './vocabulary.ts'

/*
 * Facts of a decision that more than one register has a part in: the cap, the breadth, contracts and agreements. Each
 * function notes every moment it compares with, so that whoever asks knows until when the answer holds by itself.
 */

/** Takes a moment at which an answer may change without any new entry. */
export type Note = (moment: Instant | null) => void

const dayMs = 86_400_000
/** What was approved and is not used is not needed. */
export const lapseDays = 30

/** When an approved grant to read or edit lapses for want of use, as things stand. */
export function lapsesAt(state: GovernanceState, grant: Grant): Instant | null {
  if (grant.basis !== 'approval' || grant.action === 'submit') return null
  const used = state.lastUsed.get(grant.id)
  const since = used !== undefined && used > grant.from ? used : grant.from
  const known = lapses.get(grant)
  if (known?.since === since) return known.at
  const at = addMs(since, lapseDays * dayMs)
  lapses.set(grant, { since, at })
  return at
}

/** Kept since counting goes over thousands of grants, and calendars are slow. */
const lapses = new WeakMap<Grant, { readonly since: Instant; readonly at: Instant }>()

/** The membership by which a person has the role of a grant at a moment, or else the latest one they had. */
export function membershipFor(
  state: GovernanceState,
  grant: Grant,
  person: string,
  at: Instant,
  note: Note,
): Membership | null {
  const { holder } = grant
  if ('person' in holder) return null
  const mine = membershipsOf(state, holder.team, person).filter((each) => each.role === holder.role)
  for (const { from, until } of mine) {
    note(from)
    note(until)
  }
  const post = state.persons.get(person)?.post
  const holds = (each: Membership) => each.from <= at && (each.until === null || at < each.until) && each.post === post
  return mine.findLast(holds) ?? null
}

/** Whether a person holds a grant at a moment as far as dates, posts, use and revocation go; policy asks for more. */
export function isHeld(state: GovernanceState, grant: Grant, person: Person, at: Instant, note: Note): boolean {
  const lapse = lapsesAt(state, grant)
  for (const moment of [grant.from, grant.until, grant.revokedAt, lapse, person.from, person.until]) note(moment)
  if (at < grant.from || at >= grant.until || !isInPost(person, at)) return false
  if ((grant.revokedAt !== null && at >= grant.revokedAt) || (lapse !== null && at >= lapse)) return false
  if ('person' in grant.holder) return grant.holder.person === person.id && grant.approval.holderPost === person.post
  return membershipFor(state, grant, person.id, at, note) !== null
}

/** Every grant that names a person or a role they had. */
export function grantsOf(state: GovernanceState, person: string): readonly Grant[] {
  return holdersOf(state, person).flatMap(
    (holder) =>
      state.grantsByHolder.get('person' in holder ? holder.person : `team:${holder.team}:${holder.role}`) ?? [],
  )
}

/** Everybody who has a grant at a moment by name or by role. */
export function holdersNow(state: GovernanceState, { holder }: Grant, at: Instant): readonly Membership['person'][] {
  return 'person' in holder ? [holder.person] : membersOf(state, holder, at).map((each) => each.person)
}

export function countsForBreadth({ basis, action, level }: Grant): boolean {
  return basis === 'approval' && action === 'read' && level !== 'aggregate'
}

/** Data sets of which a person sees rows through grants approved no later than this one; this one's included. */
export function dataSetsOf(
  state: GovernanceState,
  person: Person,
  upTo: Grant,
  at: Instant,
  note: Note,
): ReadonlySet<string> {
  const found = new Set(countsForBreadth(upTo) ? [upTo.object] : [])
  for (const grant of grantsOf(state, person.id)) {
    if (grant.entry <= upTo.entry && countsForBreadth(grant) && isHeld(state, grant, person, at, note))
      found.add(grant.object)
  }
  return found
}

/** How many people of processors may see identifiable rows at a moment: the lowest cap of any DPIA in force; 0 if none has one. */
export function elevatedPeopleMax(state: GovernanceState, at: Instant, note: Note): number {
  let lowest: number | null = null
  for (const versions of state.dpias.values()) {
    for (const version of versions) note(version.effectiveFrom)
    const peopleMax = inForce(versions, at)?.bounds.elevated?.peopleMax
    if (peopleMax !== undefined && (lowest === null || peopleMax < lowest)) lowest = peopleMax
  }
  return lowest ?? 0
}

/** When the next review of an elevated grant is due, by the DPIA that it rests on. */
export function reviewDue(state: GovernanceState, grant: Grant, at: Instant): Instant | null {
  const version = grant.dpia && inForce(state.dpias.get(grant.dpia.id) ?? [], at)
  const days = version?.bounds.elevated?.reviewDays
  return days === undefined ? null : addMs(grant.reviewedAt ?? grant.from, days * dayMs)
}

/**
 * The people who take up the cap at a moment, in the order in which the first grant that counts was approved. Who comes
 * after the cap is suspended: so whatever is approved, restored or begins later, no more than the cap act.
 */
export function elevatedPeople(state: GovernanceState, at: Instant, note: Note): readonly string[] {
  const people = new Set<string>()
  for (const id of state.elevated) {
    const grant = state.grants.get(id)!
    const person = 'person' in grant.holder ? state.persons.get(grant.holder.person) : undefined
    if (!person) continue
    const due = reviewDue(state, grant, at)
    note(due)
    note(person.clearanceUntil)
    const isCleared = person.clearanceUntil !== null && at < person.clearanceUntil
    if (isHeld(state, grant, person, at, note) && isCleared && due !== null && at < due) people.add(person.id)
  }
  return [...people]
}

export interface ContractFacts {
  readonly cited: boolean
  readonly inForce: boolean
  readonly employs: boolean
  readonly instructs: boolean
  readonly withinDpia: boolean
}

/** What a processor's grant rests on besides the DPIA, and whether the DPIA foresees the contract as it stands. */
export function contractFacts(
  state: GovernanceState,
  grant: Grant,
  person: Person,
  at: Instant,
  note: Note,
): ContractFacts {
  const contract = grant.contract ? state.contracts.get(grant.contract.id) : undefined
  if (!contract) return { cited: false, inForce: false, employs: false, instructs: false, withinDpia: false }
  note(contract.from)
  note(contract.until)
  const instruction = contract.instructions.find((each) => each.id === grant.contract?.instruction)
  const chain = [contract.supplier, ...contract.subProcessors]
  return {
    cited: true,
    inForce: contract.from <= at && at < contract.until && contract.controller === state.controller,
    employs: chain.includes(person.employer),
    instructs: instruction?.purposes.includes(grant.purpose) ?? false,
    withinDpia: isForeseen(state, grant, contract, at, note),
  }
}

function isForeseen(state: GovernanceState, grant: Grant, contract: Contract, at: Instant, note: Note): boolean {
  const versions = (grant.dpia && state.dpias.get(grant.dpia.id)) ?? []
  for (const each of versions) note(each.effectiveFrom)
  const version = inForce(versions, at)
  const foreseen = version?.bounds.contracts?.find((each) => each.id === contract.id)
  if (!foreseen) return false
  return (
    contract.until <= foreseen.until &&
    contract.subProcessors.every((each) => foreseen.subProcessors.includes(each)) &&
    contract.instructions.every((each) => each.purposes.every((purpose) => foreseen.purposes.includes(purpose)))
  )
}

export interface AgreementFacts {
  readonly cited: boolean
  readonly inForce: boolean
  readonly contains: boolean
}

/** The data sharing agreement that a care partner's grant rests on. */
export function agreementFacts(
  state: GovernanceState,
  grant: Grant,
  person: Person,
  at: Instant,
  note: Note,
): AgreementFacts {
  const found = state.agreements
    .get(grant.agreement?.id ?? '')
    ?.find((each) => each.version === grant.agreement?.version)
  if (!found) return { cited: false, inForce: false, contains: false }
  return {
    cited: true,
    inForce: isAgreed(state, found, at, note),
    contains:
      found.parties.includes(person.employer) &&
      found.objects.includes(grant.object) &&
      levels.indexOf(grant.level) <= levels.indexOf(found.level) &&
      isWithin(grant.rows, found.rows),
  }
}

/** In force: between its dates, not ended, signed by every party, this tenant's present controller among them. */
export function isAgreed(state: GovernanceState, agreement: Agreement, at: Instant, note: Note = () => {}): boolean {
  const { from, until, endedAt, parties, signatures } = agreement
  note(from)
  note(until)
  note(endedAt)
  if (at < from || at >= until || (endedAt !== null && at >= endedAt)) return false
  if (state.controller === null || !parties.includes(state.controller)) return false
  return parties.every((party) => signatures.some((each) => each.party === party && each.at <= at))
}

/** Whether a row scope reaches nothing that another does not. */
export function isWithin(inner: RowScope, outer: RowScope): boolean {
  const { controllers } = outer
  const hasControllers =
    controllers === 'all' ||
    (inner.controllers !== 'all' && inner.controllers.every((each) => controllers.includes(each)))
  const keeps = outer.where.every((condition) =>
    inner.where.some(
      (each) => each.property === condition.property && each.in.every((value) => condition.in.includes(value)),
    ),
  )
  return hasControllers && keeps
}

/** Data sets of which a person sees rows at a moment, as far as dates, posts, use and revocation go. */
export function dataSetsHeld(state: GovernanceState, person: string, at: Instant): ReadonlySet<string> {
  const registered = state.persons.get(person)
  const held = registered
    ? grantsOf(state, person).filter(
        (grant) => countsForBreadth(grant) && isHeld(state, grant, registered, at, () => {}),
      )
    : []
  return new Set(held.map(({ object }) => object))
}
