import { objectTypes } from '#contracts'
import type { EventBody, EventType, FoldableEntry, Level, ReadRequest } from '#governance'
import type { Instant } from '#kernel'
import { shown } from '#privacy'

/*
 * The rules of access a second time: by hand, over the bare list of entries, with loops and no index, no Cedar and
 * nothing of src/governance but types. Tests hold `decide` and `whoCanSee` against it.
 */

type Event<T extends EventType> = EventBody<T> & { readonly type: T; readonly time: Instant }
type AnyEvent = { [T in EventType]: Event<T> }[EventType]

interface World {
  readonly controller: string
  readonly bootstrap: string
  readonly persons: Map<string, Event<'governance.person-registered'> & { until: Instant | null }>
  readonly purposes: Map<string, Event<'governance.purpose-registered'>>
  readonly dpias: Event<'governance.dpia-approved'>[]
  readonly grants: { event: Event<'governance.grant-approved'>; approverOk: boolean; ended: boolean }[]
  readonly revocations: Event<'governance.grant-revoked'>[]
  isOn: boolean
}

/** Ids of the grants that would allow the request, in the order in which they are to be preferred. */
export function naiveGrants(entries: readonly FoldableEntry[], request: ReadRequest): readonly string[] {
  const last = entries.at(-1)
  if (!last || request.at < last.time) return []
  const world = replay(entries)
  if (!world) return []
  return world.grants
    .filter((grant) => allows(world, grant, request))
    .map((grant) => grant.event)
    .sort((a, b) => order(a, b))
    .map((event) => event.id)
}

function replay(entries: readonly FoldableEntry[]): World | null {
  let world: World | null = null
  for (const entry of entries) {
    const event = { ...entry.governance, type: entry.type, time: entry.time } as unknown as AnyEvent
    if (event.type === 'governance.tenant-opened') world ??= open(event)
    else if (world) step(world, event)
  }
  return world
}

function open(event: Event<'governance.tenant-opened'>): World {
  const persons: World['persons'] = new Map()
  for (const officer of event.officers) {
    const kind = 'controller-staff'
    const fixed = { version: 1, by: event.by, time: event.time, type: 'governance.person-registered' } as const
    persons.set(officer.id, {
      ...officer,
      ...fixed,
      kind,
      employer: event.controller.id,
      clearanceUntil: null,
      from: event.time,
      until: null,
    })
  }
  return {
    controller: event.controller.id,
    bootstrap: event.by,
    persons,
    purposes: new Map(),
    dpias: [],
    grants: [],
    revocations: [],
    isOn: false,
  }
}

function step(world: World, event: AnyEvent): void {
  const officer = isOfficer(world, event.by, ['information-asset-owner', 'caldicott-guardian'], event.time)
  const registrar = officer || isOfficer(world, event.by, ['registrar'], event.time)
  const isSetup = event.by === world.bootstrap
  switch (event.type) {
    case 'governance.person-registered': {
      const powers = [...event.duties, ...(world.persons.get(event.id)?.duties ?? [])]
      const touches = powers.some((duty) =>
        ['information-asset-owner', 'caldicott-guardian', 'registrar'].includes(duty),
      )
      const may = event.by !== event.id && (touches ? officer : isSetup || registrar)
      if (!may) return
      const before = world.persons.get(event.id)
      const stays = before?.until === null && before.kind === event.kind && before.employer === event.employer
      if (!stays) for (const grant of world.grants) if (grant.event.subject === event.id) grant.ended = true
      world.persons.set(event.id, { ...event, until: null })
      return
    }
    case 'governance.person-left': {
      const person = world.persons.get(event.person)
      if (person && (person.until === null || event.at < person.until)) person.until = event.at
      return
    }
    case 'governance.purpose-registered':
      if ((isSetup || registrar) && !world.purposes.has(event.id)) world.purposes.set(event.id, event)
      return
    case 'governance.dpia-approved': {
      const earlier = world.dpias.filter((dpia) => dpia.id === event.id)
      const follows = earlier.every(
        (dpia) => dpia.dpiaVersion < event.dpiaVersion && dpia.effectiveFrom <= event.effectiveFrom,
      )
      const effectiveFrom = later(event.effectiveFrom, event.time)
      if (officer && follows) world.dpias.push({ ...event, effectiveFrom })
      return
    }
    case 'governance.grant-approved': {
      if (world.grants.some((grant) => grant.event.id === event.id)) return
      const from = later(event.from, event.time)
      const holder = world.persons.get(event.subject ?? '')
      world.grants.push({
        event: { ...event, from },
        approverOk: officer,
        ended: holder === undefined,
      })
      return
    }
    case 'governance.grant-revoked':
      if (world.grants.some((grant) => grant.event.id === event.grant)) world.revocations.push(event)
      return
    case 'governance.switched-on':
      world.isOn = true
      return
    default:
  }
}

function isOfficer(world: World, id: string, duties: readonly string[], at: Instant): boolean {
  const person = world.persons.get(id)
  if (!person || at < person.from || (person.until !== null && at >= person.until)) return false
  if (person.kind !== 'controller-staff' || person.employer !== world.controller) return false
  return person.duties.some((duty) => duties.includes(duty))
}

function allows(world: World, grant: World['grants'][number], request: ReadRequest): boolean {
  const { event } = grant
  const person = world.persons.get(request.subject)
  const purpose = world.purposes.get(request.purpose)
  const { at } = request
  if (!person || !purpose || !world.isOn) return false
  if (person.kind === 'processor-staff' || person.kind === 'care-partner') return false
  if (event.subject !== request.subject || event.object !== request.object || event.action !== request.action)
    return false
  if (event.purpose !== request.purpose || event.level !== (request.level ?? event.level)) return false
  if (at < event.from || at >= event.until) return false
  if (world.revocations.some((revocation) => revocation.grant === event.id && revocation.at <= at)) return false
  if (!grant.approverOk || event.by === event.subject) return false
  if (grant.ended) return false
  if (at < person.from || (person.until !== null && at >= person.until)) return false
  if (event.level === 'aggregate' && event.disclosurePolicy === null) return false
  if (request.action === 'read') {
    if (purpose.class === 'platform' || person.duties.includes('platform-administrator')) return false
    const cleared = person.clearanceUntil !== null && at < person.clearanceUntil
    const director = world.persons.get(event.by)?.grade === 'director'
    if (person.kind === 'other' && event.level === 'identifiable' && !(cleared && director)) return false
    if (purpose.class === 'official-statistics' && event.level !== 'aggregate') return false
  }
  return dpiaAllows(world, event, person.kind, at) && columnsAllow(event, request.columns)
}

function dpiaAllows(world: World, event: Event<'governance.grant-approved'>, kind: string, at: Instant): boolean {
  const versions = world.dpias.filter((dpia) => dpia.id === event.dpia.id)
  const named = versions.find((dpia) => dpia.dpiaVersion === event.dpia.version && dpia.sha256 === event.dpia.sha256)
  let inForce: (typeof versions)[number] | null = null
  for (const version of versions) {
    if (version.effectiveFrom <= at && (inForce === null || version.dpiaVersion > inForce.dpiaVersion))
      inForce = version
  }
  if (!named || !inForce || inForce.dpiaVersion < event.dpia.version) return false
  const days = Math.ceil((Date.parse(event.until) - Date.parse(event.from)) / 86_400_000)
  return inForce.claims.some(
    (claim) =>
      (claim.kinds as readonly string[]).includes(kind) &&
      claim.objects.includes(event.object) &&
      claim.levels.includes(event.level) &&
      claim.purposes.includes(event.purpose) &&
      days <= claim.daysMax,
  )
}

function columnsAllow(event: Event<'governance.grant-approved'>, asked: ReadRequest['columns']): boolean {
  const visible = event.columns.filter((column) => isVisible(event.object, column, event.level))
  if (asked === 'all-permitted' || asked.length === 0) return visible.length > 0
  return asked.every((column) => visible.includes(column))
}

export function isVisible(object: string, column: string, level: Level): boolean {
  const type = objectTypes().find((each) => each.name === object)
  const property = type?.properties.find((each) => each.name === column)
  return type !== undefined && property !== undefined && shown(type, property, level).kind !== 'hidden'
}

function order(a: Event<'governance.grant-approved'>, b: Event<'governance.grant-approved'>): number {
  const rank = { aggregate: 0, pseudonymised: 1, identifiable: 2 }
  const controllers = (event: typeof a) => (event.rows.controllers === 'all' ? 1e9 : event.rows.controllers.length)
  const values = (event: typeof a) => event.rows.where.reduce((n, condition) => n + condition.in.length, 0)
  return (
    rank[a.level] - rank[b.level] ||
    controllers(a) - controllers(b) ||
    b.rows.where.length - a.rows.where.length ||
    values(a) - values(b) ||
    (a.id < b.id ? -1 : 1)
  )
}

function later(a: Instant, b: Instant): Instant {
  if (a < b) return b
  return a
}
