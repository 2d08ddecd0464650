import type { EventBody, EventType, FoldableEntry } from '#governance'
import type { Instant } from '#kernel'

/*
 * The register a second time: what the bare list of entries says, told one after another into plain arrays, by hand, with
 * nothing of src/governance but types. naive-access.ts decides over it.
 */

export type Event<T extends EventType> = EventBody<T> & {
  readonly type: T
  readonly time: Instant
  readonly index: number
}
type AnyEvent = { [T in EventType]: Event<T> }[EventType]

export interface NaivePerson {
  readonly id: string
  readonly kind: string
  readonly employer: string
  readonly duties: readonly string[]
  readonly grade: string
  readonly manager: string | null
  clearanceUntil: Instant | null
  trainingUntil: Instant | null
  readonly from: Instant
  until: Instant | null
  readonly post: number
}

export interface NaiveMembership {
  readonly team: string
  readonly person: string
  readonly role: string
  readonly from: Instant
  until: Instant | null
  readonly post: number
}

type GrantFields = Pick<
  Event<'governance.grant-approved'>,
  'id' | 'action' | 'object' | 'columns' | 'level' | 'rows' | 'purpose' | 'from' | 'until' | 'disclosurePolicy' | 'by'
>

export interface NaiveGrant extends GrantFields {
  readonly basis: 'approval' | 'break-glass' | 'one-row'
  /** Index of the entry that opened it for one person or record; null: it was approved. */
  readonly opened: number | null
  readonly person: string | null
  readonly team: { readonly team: string; readonly role: string } | null
  readonly dpia: { readonly id: string; readonly version: number; readonly sha256: string } | null
  readonly contract: { readonly id: string; readonly instruction: string } | null
  readonly agreement: { readonly id: string; readonly version: number } | null
  /** The approver as they were; null: not in post. */
  readonly approver: NaivePerson | null
  readonly inLine: boolean
  /** The post of the person who holds it in their own name, as it was. */
  readonly post: number | null
  endsAt: Instant | null
  reviewedAt: Instant | null
  usedAt: Instant | null
}

export interface NaiveDpia extends Event<'governance.dpia-approved'> {
  readonly controller: string
  readonly forCareFrom: Instant
}

export interface NaiveAgreement extends Event<'governance.agreement-proposed'> {
  endedAt: Instant | null
  readonly signed: string[]
}

export interface World {
  controller: string
  readonly bootstrap: string | null
  readonly organisations: { readonly id: string; sector: string; until: Instant | null; successor: string | null }[]
  readonly persons: NaivePerson[]
  readonly teams: { readonly id: string; organisation: string }[]
  readonly memberships: NaiveMembership[]
  readonly purposes: Event<'governance.purpose-registered'>[]
  readonly reclassed: Event<'governance.purpose-reclassed'>[]
  readonly instruments: (Omit<Event<'governance.instrument-registered'>, 'until'> & { until: Instant | null })[]
  readonly contracts: (Omit<Event<'governance.contract-registered'>, 'until' | 'subProcessors' | 'instructions'> & {
    until: Instant
    subProcessors: readonly string[]
    instructions: Event<'governance.contract-registered'>['instructions']
    readonly controller: string
  })[]
  readonly agreements: NaiveAgreement[]
  readonly dpias: NaiveDpia[]
  /** In the order in which they were approved. */
  readonly grants: NaiveGrant[]
  readonly openings: string[]
  switchedOn: { readonly scope: string; until: Instant }[]
}

const hour = 3_600_000
export const dayMs = 24 * hour

export function plus(at: Instant, ms: number): Instant {
  return new Date(Date.parse(at) + ms).toISOString() as Instant
}

const later = (a: Instant, b: Instant): Instant => [a, b].sort()[1]!
const sooner = (a: Instant | null, b: Instant): Instant => (a === null ? b : [a, b].sort()[0]!)

/** null: the tenant was never opened. */
export function naiveReplay(entries: readonly FoldableEntry[]): World | null {
  let world: World | null = null
  for (const entry of entries) {
    const { type, time, index } = entry
    const event = { ...entry.governance, type, time, index } as unknown as AnyEvent
    if (event.type === 'governance.tenant-opened') world ??= opened(event)
    else if (world && (entry.type === 'read.opened' || entry.type === 'action.applied')) use(world, entry)
    else if (world) tell(world, event)
  }
  return world
}

/** A founder who makes an officer of themselves opens nothing; any other has no say afterwards. */
function opened(event: Event<'governance.tenant-opened'>): World | null {
  if (event.founding === undefined) return open(event, event.by)
  return event.officers.map(({ id }) => id).includes(event.by) ? null : open(event, null)
}

function open(
  { officers, controller, time, index }: Event<'governance.tenant-opened'>,
  bootstrap: string | null,
): World {
  const persons = officers.map((officer) => ({
    ...{ id: officer.id, duties: officer.duties, kind: 'controller-staff', employer: controller.id },
    ...{ grade: officer.grade ?? 'staff', manager: null, clearanceUntil: null, trainingUntil: null },
    ...{ from: time, until: null, post: index },
  }))
  const organisations = [{ id: controller.id, sector: 'nhs', until: null, successor: null }]
  return {
    ...{ controller: controller.id, bootstrap, organisations, persons, teams: [], memberships: [] },
    ...{ purposes: [], reclassed: [], instruments: [], contracts: [], agreements: [], dpias: [] },
    ...{ grants: [], openings: [], switchedOn: [] },
  }
}

/** A read, or an edit, keeps the grants that it cites alive, if they still were. */
function use(world: World, { governance, time }: FoldableEntry): void {
  for (const relation of Object.values((governance.relations ?? {}) as Record<string, { grant?: string }>)) {
    const grant = world.grants.find((each) => each.id === relation.grant)
    if (!grant) continue
    const lapse = lapseOf(grant)
    if (lapse === null || time < lapse) grant.usedAt = time
  }
}

export function lapseOf({ basis, action, from, usedAt }: NaiveGrant): Instant | null {
  if (basis !== 'approval' || (action !== 'read' && action !== 'edit')) return null
  return plus(usedAt === null ? from : later(from, usedAt), 30 * dayMs)
}

export function isInPost(person: NaivePerson | undefined, at: Instant): person is NaivePerson {
  return person !== undefined && person.from <= at && (person.until === null || at < person.until)
}

function hasDuty(world: World, id: string, duties: readonly string[], at: Instant): boolean {
  const person = world.persons.find((each) => each.id === id)
  if (!isInPost(person, at) || person.kind !== 'controller-staff' || person.employer !== world.controller) return false
  return person.duties.some((duty) => duties.includes(duty))
}

const approving = ['information-asset-owner', 'caldicott-guardian']
const registering = [...approving, 'registrar']

export function isManagerOf(world: World, upper: string, lower: string): boolean {
  let next = world.persons.find((each) => each.id === lower)?.manager ?? null
  for (let i = 0; next !== null && i < 20; i++) {
    if (next === upper) return true
    next = world.persons.find((each) => each.id === next)?.manager ?? null
  }
  return false
}

export function isMember(world: World, each: NaiveMembership, at: Instant): boolean {
  const person = world.persons.find(({ id }) => id === each.person)
  return each.from <= at && (each.until === null || at < each.until) && person?.post === each.post
}

type HeldBy = Pick<NaiveGrant, 'person' | 'team'>

/** What was true of approver and holder at that moment. */
function approvedBy(world: World, by: string, { person, team }: HeldBy, at: Instant) {
  const approver = world.persons.find((each) => each.id === by)
  const holders = person
    ? [person]
    : world.memberships
        .filter((each) => each.team === team?.team && each.role === team.role && isMember(world, each, at))
        .map((each) => each.person)
  return {
    ...{ person, team, by: by as NaiveGrant['by'], endsAt: null, reviewedAt: null, usedAt: null },
    approver: isInPost(approver, at) ? { ...approver } : null,
    inLine: holders.some((holder) => isManagerOf(world, by, holder) || isManagerOf(world, holder, by)),
    post: world.persons.find((each) => each.id === person)?.post ?? null,
  }
}

type Opened = Event<'governance.break-glass-opened'> | Event<'governance.row-opened'>

function openedGrants(world: World, event: Opened, objects: readonly { object: string; columns: string[] }[]): void {
  const ids = objects.map(({ object }) => `${event.id}.${object}`)
  if (new Set(ids).size < ids.length || world.openings.includes(event.id)) return
  if (world.grants.some(({ id }) => ids.includes(id))) return
  world.openings.push(event.id)
  const isRow = event.type === 'governance.row-opened'
  const person = isRow ? event.subject : event.by
  for (const { object, columns } of objects) {
    world.grants.push({
      ...{ id: `${event.id}.${object}`, basis: isRow ? 'one-row' : 'break-glass', object, columns, action: 'read' },
      opened: event.index,
      ...{ level: 'identifiable', rows: { controllers: 'all', where: [] }, purpose: event.purpose, from: event.time },
      ...{ until: event.until, disclosurePolicy: null, dpia: isRow ? event.dpia : null },
      ...{ contract: (isRow ? event.contract : null) ?? null, agreement: null },
      ...approvedBy(world, event.by, { person, team: null }, event.time),
    })
  }
}

/** Whether an organisation's or anybody else's people are meant by "outsiders". */
function isOutside(world: World, id: string, employer: string | null): boolean {
  const person = world.persons.find((each) => each.id === id)
  if (employer !== null) return person?.employer === employer
  return person?.employer !== world.controller || ['processor-staff', 'other'].includes(person.kind)
}

function tell(world: World, event: AnyEvent): void {
  const at = event.time
  const may = (duties: readonly string[]) => hasDuty(world, event.by, duties, at)
  const registrar = event.by === world.bootstrap || may(registering)
  switch (event.type) {
    case 'governance.organisation-registered': {
      if (!registrar) return
      const known = world.organisations.find((each) => each.id === event.id)
      if (known) known.sector = event.sector ?? known.sector
      else world.organisations.push({ id: event.id, sector: event.sector ?? 'other', until: null, successor: null })
      return
    }
    case 'governance.organisation-closed': {
      const known = world.organisations.find((each) => each.id === event.id)
      if (!known) return
      known.until = sooner(known.until, event.at)
      if (registrar && event.successor !== null) known.successor = event.successor
      return
    }
    case 'governance.controller-succeeded': {
      const former = world.organisations.find((each) => each.id === world.controller)
      if (!former || former.until === null || at < former.until || former.successor !== event.successor) return
      const by = world.persons.find((each) => each.id === event.by)
      if (!isInPost(by, at) || by.employer !== event.successor || by.id === world.bootstrap) return
      if (!by.duties.some((duty) => approving.includes(duty))) return
      world.controller = event.successor
      world.switchedOn = []
      return
    }
    case 'governance.person-registered': {
      const place = world.persons.findIndex((each) => each.id === event.id)
      const before = world.persons[place]
      const powers = event.duties.length > 0 || (before?.duties ?? []).length > 0
      const isRaised = (event.grade ?? 'staff') !== (before?.grade ?? 'staff')
      const isCleared = event.clearanceUntil !== null && event.clearanceUntil !== before?.clearanceUntil
      if (event.by === event.id || !(powers || isRaised || isCleared ? may(approving) : registrar)) return
      const stays = before && before.until === null && before.kind === event.kind && before.employer === event.employer
      const person: NaivePerson = {
        ...{ id: event.id, kind: event.kind, employer: event.employer, duties: event.duties, from: event.from },
        ...{ grade: event.grade ?? 'staff', manager: event.manager ?? null, clearanceUntil: event.clearanceUntil },
        trainingUntil: event.trainingUntil === undefined ? (stays ? before.trainingUntil : null) : event.trainingUntil,
        until: null,
        post: stays ? before.post : event.index,
      }
      if (place < 0) world.persons.push(person)
      else world.persons[place] = person
      return
    }
    case 'governance.person-left': {
      const person = world.persons.find((each) => each.id === event.person)
      if (person) person.until = sooner(person.until, event.at)
      return
    }
    case 'governance.clearance-recorded': {
      const person = world.persons.find((each) => each.id === event.person)
      if (person && event.by !== event.person && may(approving)) person.clearanceUntil = event.until
      return
    }
    case 'governance.training-recorded': {
      const person = world.persons.find((each) => each.id === event.person)
      if (person && event.by !== event.person && registrar) person.trainingUntil = event.until
      return
    }
    case 'governance.team-registered': {
      const known = world.teams.find((each) => each.id === event.id)
      if (registrar && known) known.organisation = event.organisation
      else if (registrar) world.teams.push({ id: event.id, organisation: event.organisation })
      return
    }
    case 'governance.team-joined': {
      const person = world.persons.find((each) => each.id === event.person)
      if (event.by === event.person || !registrar || !person) return
      if (!world.teams.some((each) => each.id === event.team)) return
      const { team, role, until } = event
      world.memberships.push({ team, role, until, person: person.id, from: later(event.from, at), post: person.post })
      return
    }
    case 'governance.team-left':
      for (const each of world.memberships)
        if (each.team === event.team && each.person === event.person && (event.role ?? each.role) === each.role)
          each.until = sooner(each.until, event.at)
      return
    case 'governance.purpose-registered':
      if (registrar && !world.purposes.some((each) => each.id === event.id)) world.purposes.push(event)
      return
    case 'governance.purpose-reclassed': {
      const before = world.reclassed.filter((each) => each.id === event.id).at(-1)
      const dpia = world.dpias.find((each) => each.id === event.dpia.id && each.dpiaVersion === event.dpia.version)
      if (!may(approving) || !world.purposes.some((each) => each.id === event.id)) return
      if (event.from < plus(at, 30 * dayMs) || (before && event.from <= before.from)) return
      if (!dpia?.claims.some((claim) => claim.purposes.includes(event.id))) return
      if (dpia.effectiveFrom > event.from || dpia.effectiveFrom <= at) return
      world.reclassed.push(event)
      return
    }
    case 'governance.instrument-registered':
      if (registrar && !world.instruments.some((each) => each.id === event.id)) world.instruments.push({ ...event })
      return
    case 'governance.instrument-ended': {
      const known = world.instruments.find((each) => each.id === event.id)
      if (known) known.until = sooner(known.until, event.at)
      return
    }
    case 'governance.contract-registered':
      if (may(approving) && !world.contracts.some((each) => each.id === event.id))
        world.contracts.push({ ...event, controller: world.controller })
      return
    case 'governance.contract-extended':
    case 'governance.contract-changed':
    case 'governance.contract-ended': {
      const known = world.contracts.find((each) => each.id === event.id)
      if (!known) return
      if (event.type === 'governance.contract-ended') known.until = sooner(known.until, event.at)
      else if (!may(approving)) return
      else if (event.type === 'governance.contract-extended') known.until = event.until
      else Object.assign(known, { subProcessors: event.subProcessors, instructions: event.instructions })
      return
    }
    case 'governance.agreement-proposed': {
      const isLater = world.agreements.every(
        (each) => each.id !== event.id || each.agreementVersion < event.agreementVersion,
      )
      if (!registrar || !isLater || (event.gpData && event.reach === 'national')) return
      world.agreements.push({ ...event, endedAt: null, signed: [] })
      return
    }
    case 'governance.agreement-signed': {
      const by = world.persons.find((each) => each.id === event.by)
      const own = event.party === world.controller
      const entitled = own ? may(approving) : isInPost(by, at) && by.employer === event.party
      const found = agreementOf(world, event)
      if (entitled && found?.parties.includes(event.party)) found.signed.push(event.party)
      return
    }
    case 'governance.agreement-ended': {
      const found = agreementOf(world, event)
      if (found) found.endedAt = sooner(found.endedAt, event.at)
      return
    }
    case 'governance.dpia-approved': {
      const earlier = world.dpias.filter((each) => each.id === event.id)
      const follows = earlier.every((each) => each.dpiaVersion < event.dpiaVersion)
      const isLater = earlier.every((each) => each.effectiveFrom <= event.effectiveFrom)
      if (!may(approving) || !follows || !isLater) return
      const effectiveFrom = later(event.effectiveFrom, at)
      const forCareFrom = earlier.length === 0 ? effectiveFrom : later(effectiveFrom, plus(at, 30 * dayMs))
      world.dpias.push({ ...event, effectiveFrom, forCareFrom, controller: world.controller })
      return
    }
    case 'governance.grant-approved': {
      if (world.grants.some((each) => each.id === event.id)) return
      if ((event.subject === undefined) === (event.team === undefined)) return
      const holder = { person: event.subject ?? null, team: event.team ?? null }
      world.grants.push({
        ...{
          id: event.id,
          basis: 'approval',
          opened: null,
          action: event.action,
          object: event.object,
          columns: event.columns,
        },
        ...{ level: event.level, rows: event.rows, purpose: event.purpose, from: later(event.from, at) },
        ...{ until: event.until, disclosurePolicy: event.disclosurePolicy, dpia: event.dpia },
        ...{ contract: event.contract ?? null, agreement: event.agreement ?? null },
        ...approvedBy(world, event.by, holder, at),
      })
      return
    }
    case 'governance.grant-revoked': {
      const grant = world.grants.find((each) => each.id === event.grant)
      if (grant) grant.endsAt = sooner(grant.endsAt, event.at)
      return
    }
    case 'governance.grant-reviewed': {
      const grant = world.grants.find((each) => each.id === event.grant)
      if (!grant || grant.person === event.by || !may(approving)) return
      if (event.outcome === 'keep') grant.reviewedAt = at
      else grant.endsAt = sooner(grant.endsAt, at)
      return
    }
    case 'governance.outsiders-ended': {
      for (const grant of world.grants) {
        const team = world.teams.find((each) => each.id === grant.team?.team)?.organisation
        const outside = grant.person
          ? isOutside(world, grant.person, event.employer)
          : event.employer === null
            ? team !== world.controller
            : team === event.employer
        if (outside) grant.endsAt = sooner(grant.endsAt, event.at)
      }
      for (const each of world.memberships)
        if (isOutside(world, each.person, event.employer)) each.until = sooner(each.until, event.at)
      return
    }
    case 'governance.break-glass-opened':
      if (
        isInPost(
          world.persons.find((each) => each.id === event.by),
          at,
        )
      )
        openedGrants(world, event, event.objects)
      return
    case 'governance.row-opened': {
      const by = world.persons.find((each) => each.id === event.by)
      if (event.by !== event.subject && isInPost(by, at)) openedGrants(world, event, [event])
      return
    }
    case 'governance.switched-on': {
      const items = new Set(event.evidence.map(({ item }) => item))
      const safety = hasDuty(world, event.clinicalSafetyOfficer, ['clinical-safety-officer'], at)
      if (!may(approving) || items.size < 6 || !safety) return
      const until = event.evidence.map((each) => each.until).sort()[0]!
      world.switchedOn = world.switchedOn.filter((each) => each.scope !== event.scope)
      world.switchedOn.push({ scope: event.scope, until })
      return
    }
    case 'governance.switched-off': {
      const on = world.switchedOn.find((each) => each.scope === event.scope)
      if (on) on.until = sooner(on.until, event.at)
      return
    }
    default:
  }
}

function agreementOf(
  world: World,
  { id, agreementVersion }: { id: string; agreementVersion: number },
): NaiveAgreement | undefined {
  return world.agreements.find((each) => each.id === id && each.agreementVersion === agreementVersion)
}
