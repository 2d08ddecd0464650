import { objectTypes } from '#contracts'
import type { FoldableEntry, Level, ReadRequest } from '#governance'
import type { Instant } from '#kernel'
import { shown } from '#privacy'
import {
  dayMs,
  isInPost,
  isManagerOf,
  isMember,
  lapseOf,
  type NaiveDpia,
  type NaiveGrant,
  type NaivePerson,
  naiveReplay,
  plus,
  type World,
} from './naive-register.ts'

/*
 * The rules of access a second time: by hand, over the bare list of entries, with loops and no index, no Cedar and
 * nothing of src/governance but types. Tests hold `decide` and `whoCanSee` against it.
 */

/** Ids of the grants that would allow the request, in the order in which they are to be preferred. */
export function naiveGrants(entries: readonly FoldableEntry[], request: ReadRequest): readonly string[] {
  const last = entries.at(-1)
  if (!last || request.at < last.time) return []
  const world = naiveReplay(entries)
  const person = world?.persons.find((each) => each.id === request.subject)
  if (!world || !person) return []
  return world.grants
    .filter((grant) => allows(world, grant, person, request))
    .sort(order)
    .map((grant) => grant.id)
}

/** The lowest cap of any DPIA in force; 0 if none has one. */
export function naiveCap(world: World, at: Instant): number {
  const caps = world.dpias
    .map((dpia) => inForce(world, dpia.id, at, false)?.bounds?.elevated?.peopleMax)
    .filter((cap) => cap !== undefined)
  return caps.length === 0 ? 0 : Math.min(...caps)
}

const never = ['immigration-enforcement', 'policing', 'defence', 'insurance', 'marketing', 'supplier-own-purposes']
const neverTo = ['immigration-enforcement', 'police', 'defence', 'insurer', 'marketer']
const byLaw = ['law-required', 's251-reg2', 's251-reg3', 's251-reg5']

function allows(world: World, grant: NaiveGrant, person: NaivePerson, request: ReadRequest): boolean {
  const { at } = request
  if (grant.object !== request.object || grant.action !== request.action) return false
  if (grant.purpose !== request.purpose || grant.level !== (request.level ?? grant.level)) return false
  if (!holds(world, grant, person, at) || !isOn(world, grant, at) || !purposeAllows(world, grant, at)) return false
  const employer = world.organisations.find(({ id }) => id === person.employer)
  if (person.kind === 'controller-staff' && person.employer !== world.controller) return false
  if (neverTo.includes(employer?.sector ?? '') || (employer?.until && at >= employer.until)) return false
  if (grant.level === 'aggregate' && grant.disclosurePolicy === null) return false
  const rows = grant.action === 'read' || grant.action === 'edit'
  if (grant.action === 'edit' && grant.level === 'aggregate') return false
  if (rows && person.duties.includes('platform-administrator')) return false
  if (!approvalAllows(world, grant, person) || !columnsAllow(world, grant, request.columns, at)) return false
  if (grant.basis !== 'approval' && Date.parse(grant.until) - Date.parse(grant.from) > 3_600_000) return false
  if (grant.basis === 'break-glass') {
    if (!isForCare(world, grant, at) || !['controller-staff', 'care-partner'].includes(person.kind)) return false
  } else if (!dpiaAllows(world, grant, person, at)) return false
  return (
    isNotTooMuch(world, grant, person, at) &&
    processorMay(world, grant, person, at) &&
    partnerMay(world, grant, person, at)
  )
}

/** Dates, revocation, use, post and membership. */
function holds(world: World, grant: NaiveGrant, person: NaivePerson, at: Instant): boolean {
  const lapse = lapseOf(grant)
  if (at < grant.from || at >= grant.until || !isInPost(person, at)) return false
  if ((grant.endsAt !== null && at >= grant.endsAt) || (lapse !== null && at >= lapse)) return false
  if (grant.person !== null) return grant.person === person.id && grant.post === person.post
  return world.memberships.some(
    (each) =>
      each.team === grant.team?.team &&
      each.role === grant.team.role &&
      each.person === person.id &&
      isMember(world, each, at),
  )
}

function isOn(world: World, grant: NaiveGrant, at: Instant): boolean {
  const controller = world.organisations.find(({ id }) => id === world.controller)
  if (controller?.until && at >= controller.until) return false
  if (grant.basis === 'break-glass') return true
  const product = world.purposes.find(({ id }) => id === grant.purpose)?.product
  const scopes = product ? ['tenant', `product:${product}`] : ['tenant']
  return scopes.every((scope) => world.switchedOn.some((on) => on.scope === scope && at < on.until))
}

/** null: not registered. */
function classOf(world: World, id: string, at: Instant): { class: string; commonLaw: string } | null {
  const purpose = world.purposes.find((each) => each.id === id)
  if (!purpose) return null
  let now: { class: string; commonLaw: string } = purpose
  for (const change of world.reclassed) if (change.id === id && change.from <= at) now = change
  return now
}

function purposeAllows(world: World, grant: NaiveGrant, at: Instant): boolean {
  const now = classOf(world, grant.purpose, at)
  if (!now || never.includes(now.class) || now.class === 'model-training') return false
  const rows = grant.action === 'read' || grant.action === 'edit'
  if (rows && now.class === 'platform' && grant.basis !== 'one-row') return false
  if (rows && now.class === 'official-statistics' && grant.level !== 'aggregate') return false
  if (!byLaw.includes(now.commonLaw)) return true
  const named = world.purposes.find(({ id }) => id === grant.purpose)?.instruments ?? []
  return world.instruments.some(
    ({ id, from, until }) => named.includes(id) && from <= at && (until === null || at < until),
  )
}

function approvalAllows(world: World, grant: NaiveGrant, person: NaivePerson): boolean {
  if (grant.basis === 'break-glass') return true
  const isInLine = isManagerOf(world, grant.by, person.id) || isManagerOf(world, person.id, grant.by)
  if (grant.by === person.id || grant.inLine || (grant.team !== null && isInLine)) return false
  const { approver } = grant
  if (approver?.kind !== 'controller-staff' || approver.employer !== world.controller) return false
  if (grant.basis === 'one-row') return true
  const outsider = person.kind === 'processor-staff' || person.kind === 'other'
  const rows = grant.action === 'read' || grant.action === 'edit'
  if (rows && grant.level === 'identifiable' && outsider && approver.grade !== 'director') return false
  return approver.duties.some((duty) => duty === 'information-asset-owner' || duty === 'caldicott-guardian')
}

function columnsAllow(world: World, grant: NaiveGrant, asked: ReadRequest['columns'], at: Instant): boolean {
  const visible = grant.columns.filter((column) => isVisible(grant.object, column, grant.level))
  const wanted = asked === 'all-permitted' || asked.length === 0 ? visible : asked
  const care = classOf(world, grant.purpose, at)?.class === 'individual-care'
  const rows = grant.action === 'read' || grant.action === 'edit'
  if (rows && !care && wanted.some((column) => isRestricted(grant.object, column))) return false
  return visible.length > 0 && wanted.every((column) => visible.includes(column))
}

function propertyOf(object: string, column: string) {
  const type = objectTypes().find((each) => each.name === object)
  const property = type?.properties.find((each) => each.name === column)
  return type && property ? { type, property } : null
}

export function isVisible(object: string, column: string, level: Level): boolean {
  const found = propertyOf(object, column)
  return found !== null && shown(found.type, found.property, level).kind !== 'hidden'
}

function isRestricted(object: string, column: string): boolean {
  return propertyOf(object, column)?.property.sensitivity === 'restricted'
}

/** The last version that has taken effect: for individual care with notice. */
function inForce(world: World, id: string, at: Instant, forCare: boolean): NaiveDpia | undefined {
  let found: NaiveDpia | undefined
  for (const each of world.dpias)
    if (each.id === id && (forCare ? each.forCareFrom : each.effectiveFrom) <= at) found = each
  return found
}

/** For care a grant is judged by the version it was given under, if that is later than the one that care is under. */
function judging(
  world: World,
  { id, version }: { readonly id: string; readonly version: number },
  at: Instant,
  forCare: boolean,
): NaiveDpia | undefined {
  const now = inForce(world, id, at, forCare)
  const cited = world.dpias.find((each) => each.id === id && each.dpiaVersion === version && each.effectiveFrom <= at)
  return cited && cited.dpiaVersion > (now?.dpiaVersion ?? 0) ? cited : now
}

function isForCare(world: World, grant: NaiveGrant, at: Instant): boolean {
  return classOf(world, grant.purpose, at)?.class === 'individual-care'
}

function daysOf(grant: NaiveGrant): number {
  return Math.ceil((Date.parse(grant.until) - Date.parse(grant.from)) / dayMs)
}

function dpiaAllows(world: World, grant: NaiveGrant, person: NaivePerson, at: Instant): boolean {
  const { dpia } = grant
  const named = world.dpias.some(
    (each) => each.id === dpia?.id && each.dpiaVersion === dpia.version && each.sha256 === dpia.sha256,
  )
  const now = dpia ? judging(world, dpia, at, isForCare(world, grant, at)) : undefined
  if (!dpia || !named || !now || now.dpiaVersion < dpia.version || now.controller !== world.controller) return false
  const claim = now.claims.find(
    (each) =>
      (each.kinds as readonly string[]).includes(person.kind) &&
      each.objects.includes(grant.object) &&
      each.levels.includes(grant.level) &&
      each.purposes.includes(grant.purpose) &&
      (each.recipients === undefined || (each.recipients as string[]).includes(person.employer)) &&
      daysOf(grant) <= each.daysMax,
  )
  if (!claim) return false
  return !claim.training || (person.trainingUntil !== null && at < person.trainingUntil)
}

const givesRows = ({ basis, action, level }: NaiveGrant): boolean =>
  basis === 'approval' && action === 'read' && level !== 'aggregate'

function isNotTooMuch(world: World, grant: NaiveGrant, person: NaivePerson, at: Instant): boolean {
  if (!givesRows(grant) || !grant.dpia) return true
  const limits = judging(world, grant.dpia, at, isForCare(world, grant, at))?.bounds?.breadth
  if (!limits) return true
  const earlier = world.grants.slice(0, world.grants.indexOf(grant) + 1).filter(givesRows)
  const seenBy = (people: readonly NaivePerson[]) =>
    new Set(earlier.filter((each) => people.some((one) => holds(world, each, one, at))).map((each) => each.object)).size
  if (seenBy([person]) > limits.personMax) return false
  if (person.employer === world.controller) return true
  return seenBy(world.persons.filter((each) => each.employer === person.employer)) <= limits.employerMax
}

/** When an elevated grant has to be looked at again; null: its DPIA knows of no such grants. */
function reviewDue(world: World, grant: NaiveGrant, at: Instant): Instant | null {
  const days = grant.dpia ? inForce(world, grant.dpia.id, at, false)?.bounds?.elevated?.reviewDays : undefined
  return days === undefined ? null : plus(grant.reviewedAt ?? grant.from, days * dayMs)
}

const isElevated = (grant: NaiveGrant, person: NaivePerson): boolean =>
  person.kind === 'processor-staff' && grant.level === 'identifiable' && grant.action === 'read'

const isCleared = ({ clearanceUntil }: NaivePerson, at: Instant): boolean =>
  clearanceUntil !== null && at < clearanceUntil

/** Those who take up the cap, in the order in which the first of their grants that counts was approved. */
function elevatedPeople(world: World, at: Instant): readonly string[] {
  const found: string[] = []
  for (const grant of world.grants) {
    const person = world.persons.find(({ id }) => id === grant.person)
    if (grant.basis !== 'approval' || !person || !isElevated(grant, person) || found.includes(person.id)) continue
    const due = reviewDue(world, grant, at)
    if (holds(world, grant, person, at) && isCleared(person, at) && due !== null && at < due) found.push(person.id)
  }
  return found
}

function processorMay(world: World, grant: NaiveGrant, person: NaivePerson, at: Instant): boolean {
  const outsider = person.kind === 'processor-staff' || person.kind === 'other'
  const rows = grant.action === 'read' || grant.action === 'edit'
  if (outsider && rows && grant.level === 'identifiable' && !isCleared(person, at)) return false
  if (person.kind !== 'processor-staff') return true
  return (
    contractAllows(world, grant, person, at) && (!isElevated(grant, person) || elevatedAllows(world, grant, person, at))
  )
}

function elevatedAllows(world: World, grant: NaiveGrant, person: NaivePerson, at: Instant): boolean {
  if (grant.person === null) return false
  if (grant.basis !== 'approval') return true
  const acting = elevatedPeople(world, at).slice(0, naiveCap(world, at))
  const due = reviewDue(world, grant, at)
  const bounds = grant.dpia ? judging(world, grant.dpia, at, isForCare(world, grant, at))?.bounds : undefined
  return acting.includes(person.id) && due !== null && at < due && daysOf(grant) <= (bounds?.elevated?.daysMax ?? 0)
}

function contractAllows(world: World, grant: NaiveGrant, person: NaivePerson, at: Instant): boolean {
  const contract = world.contracts.find(({ id }) => id === grant.contract?.id)
  if (!contract || at < contract.from || at >= contract.until || contract.controller !== world.controller) return false
  if (contract.supplier !== person.employer && !contract.subProcessors.includes(person.employer)) return false
  const instruction = contract.instructions.find(({ id }) => id === grant.contract?.instruction)
  if (!instruction?.purposes.includes(grant.purpose)) return false
  const bounds = grant.dpia ? inForce(world, grant.dpia.id, at, false)?.bounds : undefined
  const foreseen = bounds?.contracts?.find(({ id }) => id === contract.id)
  if (!foreseen || contract.until > foreseen.until) return false
  const hands = contract.subProcessors.every((each) => (foreseen.subProcessors as string[]).includes(each))
  return hands && contract.instructions.every((each) => each.purposes.every((one) => foreseen.purposes.includes(one)))
}

const ranks: Readonly<Record<Level, number>> = { aggregate: 0, pseudonymised: 1, identifiable: 2 }

function partnerMay(world: World, grant: NaiveGrant, person: NaivePerson, at: Instant): boolean {
  if (person.kind !== 'care-partner') return true
  const { agreement: cited } = grant
  const agreement = world.agreements.find((each) => each.id === cited?.id && each.agreementVersion === cited.version)
  if (!agreement) return grant.basis === 'break-glass'
  const { from, until, endedAt, parties, signed } = agreement
  if (at < from || at >= until || (endedAt !== null && at >= endedAt)) return false
  if (!(parties as string[]).includes(world.controller) || !parties.every((each) => signed.includes(each))) return false
  if (!(parties as string[]).includes(person.employer) || !agreement.objects.includes(grant.object)) return false
  return ranks[grant.level] <= ranks[agreement.level] && reachesNoMore(grant.rows, agreement.rows)
}

function reachesNoMore(inner: NaiveGrant['rows'], outer: NaiveGrant['rows']): boolean {
  const all = (controllers: NaiveGrant['rows']['controllers']) => controllers === 'all'
  if (!all(outer.controllers)) {
    if (all(inner.controllers)) return false
    for (const each of inner.controllers) if (!outer.controllers.includes(each as never)) return false
  }
  for (const limit of outer.where) {
    const kept = inner.where.filter((each) => each.property === limit.property)
    if (!kept.some((each) => each.in.every((value) => limit.in.includes(value)))) return false
  }
  return true
}

/** What was opened for one person or record comes before what was approved, the latest first. */
function openedLast({ opened }: NaiveGrant): number {
  return opened === null ? 1 : -opened
}

function order(a: NaiveGrant, b: NaiveGrant): number {
  const controllers = (grant: NaiveGrant) => (grant.rows.controllers === 'all' ? 1e9 : grant.rows.controllers.length)
  const values = (grant: NaiveGrant) => grant.rows.where.reduce((n, condition) => n + condition.in.length, 0)
  return (
    ranks[a.level] - ranks[b.level] ||
    openedLast(a) - openedLast(b) ||
    controllers(a) - controllers(b) ||
    b.rows.where.length - a.rows.where.length ||
    values(a) - values(b) ||
    (a.id < b.id ? -1 : 1)
  )
}
