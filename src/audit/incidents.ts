import type { GovernanceState, Grant } from '#governance'
import { addMs, canonicalJson, type Instant, type JsonObject, msBetween, type SubjectId, sha256Hex } from '#kernel'
import type { Receipt } from '#ledger'
import type { AuditDeps } from './deps.ts'
import { entitledEvents } from './entitled-events.ts'
import { auditErrors } from './errors.ts'
import type { AuditBody, AuditInput } from './events.ts'
import { type ReadFact, readsOf } from './reads.ts'
import { signAudit } from './sign.ts'

/** UK GDPR Article 33(1). */
export const reportWithinMs = 72 * 3_600_000

export type IncidentField = AuditBody<'incident.described'>['field']
type Scope = Pick<AuditBody<'incident.opened'>, 'grants' | 'persons' | 'employers' | 'since'>

export interface Incident {
  readonly id: string
  readonly openedBy: string
  readonly awareAt: Instant
  readonly dueAt: Instant
  readonly scope: Scope
  /** Grants that were ended because of it. */
  readonly contained: readonly string[]
  /** Entries whose erasable part has the words of each part of the report; the last counts. */
  readonly described: Readonly<Partial<Record<IncidentField, number>>>
  readonly reportedAt: Instant | null
  readonly closed: boolean
}

/** Every incident, in the order in which they were opened. */
export async function incidentsOf(deps: AuditDeps): Promise<readonly Incident[]> {
  const incidents = new Map<string, Incident>()
  const types = [
    'incident.opened',
    'incident.contained',
    'incident.described',
    'incident.reported',
    'incident.closed',
  ] as const
  for (const event of await entitledEvents(deps, ...types)) {
    const { id } = event.body
    const known = incidents.get(id)
    if (event.type === 'incident.opened') {
      const { by: openedBy, awareAt, grants, persons, employers, since } = event.body
      const scope = { grants, persons, employers, since }
      const fresh = { contained: [], described: {}, reportedAt: null, closed: false }
      if (!known) incidents.set(id, { id, openedBy, awareAt, dueAt: addMs(awareAt, reportWithinMs), scope, ...fresh })
    } else if (known) incidents.set(id, changed(known, event))
  }
  return [...incidents.values()]
}

function changed(
  incident: Incident,
  event: Exclude<
    Awaited<
      ReturnType<
        typeof entitledEvents<'incident.contained' | 'incident.described' | 'incident.reported' | 'incident.closed'>
      >
    >[number],
    never
  >,
): Incident {
  switch (event.type) {
    case 'incident.contained':
      return { ...incident, contained: [...new Set([...incident.contained, ...event.body.grants])] }
    case 'incident.described':
      return { ...incident, described: { ...incident.described, [event.body.field]: event.entry.index } }
    case 'incident.reported':
      return { ...incident, reportedAt: incident.reportedAt ?? event.body.at }
    case 'incident.closed':
      return { ...incident, closed: true }
  }
}

/** FDP_AUDIT_NO_CASE unless it is there and open. */
export async function incident(deps: AuditDeps, id: string): Promise<Incident> {
  const found = (await incidentsOf(deps)).find((each) => each.id === id && !each.closed)
  if (!found) throw auditErrors('FDP_AUDIT_NO_CASE', { id })
  return found
}

/** FDP_AUDIT_CASE_EXISTS, FDP_AUDIT_NOT_ENTITLED. */
export async function openIncident(deps: AuditDeps, input: AuditInput<'incident.opened'>): Promise<Receipt> {
  if ((await incidentsOf(deps)).some(({ id }) => id === input.id))
    throw auditErrors('FDP_AUDIT_CASE_EXISTS', { id: input.id })
  return await signAudit(deps, 'incident.opened', input)
}

/** Ends one grant by whatever event ends access; given by the surface. */
export type EndAccess = (grant: string, reason: string) => Promise<unknown>

/** Ends every live grant in the scope of an incident, one by one, and says which. What fails is thrown: run it again. */
export async function containIncident(
  deps: AuditDeps,
  id: string,
  by: SubjectId,
  endAccess: EndAccess,
): Promise<readonly string[]> {
  const { scope } = await incident(deps, id)
  const now = deps.clock.now()
  const state = deps.governance.state()
  const live = [...state.grants.values()].filter(
    (grant) => grant.until > now && (grant.revokedAt === null || grant.revokedAt > now) && inScope(state, scope, grant),
  )
  for (const grant of live) await endAccess(grant.id, `incident ${id}`)
  const grants = live.map((grant) => grant.id)
  await signAudit(deps, 'incident.contained', { by, id, grants })
  return grants
}

/** A role in a team is in scope where its organisation, or one of the people who have or had it, is. */
function inScope(state: GovernanceState, scope: Scope, { id, holder }: Grant): boolean {
  if ('person' in holder) return scope.grants.includes(id) || isOf(state, scope, [holder.person])
  const team = state.teams.get(holder.team)
  const people = (team?.members ?? []).map((each) => each.person)
  const ofTeam = team !== undefined && scope.employers.includes(team.organisation)
  return scope.grants.includes(id) || ofTeam || isOf(state, scope, people)
}

function isOf(state: GovernanceState, { persons, employers }: Scope, people: readonly SubjectId[]): boolean {
  return people.some((person) => {
    const employer = state.persons.get(person)?.employer
    return persons.includes(person) || (employer !== undefined && employers.includes(employer))
  })
}

/** Whom an incident touched, as far as the ledger tells. */
export interface Affected {
  readonly reads: readonly number[]
  readonly rows: number
  /** Keys of persons, for those who have to tell them; never printed. */
  readonly persons: ReadonlySet<string>
  /** False where some read does not list its persons, has no end on record, or had its list erased. */
  readonly complete: boolean
  readonly data: readonly string[]
}

export async function affectedBy(deps: AuditDeps, { scope }: Pick<Incident, 'scope'>): Promise<Affected> {
  const { reads } = await readsOf(deps.ledger.entries())
  const state = deps.governance.state()
  const concerned = reads.filter(
    (read) =>
      (read.end?.time ?? read.time) >= scope.since &&
      (isOf(state, scope, [read.subject as SubjectId]) ||
        Object.values(read.relations).some(({ grant }) => scope.grants.includes(grant))),
  )
  const persons = new Set<string>()
  let complete = true
  for (const { end } of concerned) {
    const listed = await listedPersons(deps, end)
    if (listed === null) complete = false
    for (const person of listed ?? []) persons.add(person)
  }
  const rows = concerned.reduce((sum, { end }) => sum + (end?.type === 'read.completed' ? end.rows : 0), 0)
  const data = concerned.flatMap(({ relations }) =>
    Object.values(relations).map(({ object, level }) => `${object}, ${level}`),
  )
  return { reads: concerned.map(({ entry }) => entry), rows, persons, complete, data: [...new Set(data)].sort() }
}

async function listedPersons(deps: AuditDeps, end: ReadFact['end']): Promise<readonly string[] | null> {
  if (end === null) return null
  if (end.type === 'read.completed' && end.rows === 0) return []
  if (end.persons.how !== 'listed') return null
  return end.persons.count === 0 ? [] : await deps.ledger.persons(end.entry)
}

/** UK GDPR Article 33(3), as far as it is known, with the clock and what is still missing. */
export interface IncidentReport extends JsonObject {
  readonly id: string
  readonly awareAt: Instant
  readonly dueAt: Instant
  /** Negative when it is overdue. */
  readonly hoursLeft: number
  readonly reportedAt: Instant | null
  readonly nature: string | null
  readonly categories: string | null
  readonly dataSubjects: { readonly approximate: number; readonly complete: boolean }
  readonly records: { readonly approximate: number; readonly data: readonly string[]; readonly reads: number }
  readonly contact: string | null
  readonly consequences: string | null
  readonly measures: string | null
  readonly accessEnded: readonly string[]
  readonly missing: readonly string[]
}

export async function incidentReport(deps: AuditDeps, id: string): Promise<IncidentReport> {
  const found = await incident(deps, id)
  const { awareAt, dueAt, described, contained, reportedAt } = found
  const affected = await affectedBy(deps, found)
  const words = {
    nature: await wordsAt(deps, described.nature),
    categories: await wordsAt(deps, described.categories),
    contact: (await wordsAt(deps, described.contact)) ?? protectionOfficer(deps.governance.state()),
    consequences: await wordsAt(deps, described.consequences),
    measures: await wordsAt(deps, described.measures),
  }
  const missing = Object.entries(words).flatMap(([field, text]) => (text === null ? [field] : []))
  return {
    ...{ id, awareAt, dueAt, reportedAt, ...words, missing },
    hoursLeft: Math.floor(msBetween(deps.clock.now(), dueAt) / 3_600_000),
    dataSubjects: { approximate: affected.persons.size, complete: affected.complete },
    records: { approximate: affected.rows, data: affected.data, reads: affected.reads.length },
    accessEnded: contained,
  }
}

async function wordsAt(deps: AuditDeps, entry: number | undefined): Promise<string | null> {
  if (entry === undefined) return null
  const state = await deps.ledger.detail(entry)
  return state.state === 'present' && typeof state.detail.words === 'string' ? state.detail.words : null
}

function protectionOfficer(state: GovernanceState): string | null {
  const [officer] = [...state.persons.values()].filter(
    ({ duties, until }) => duties.includes('data-protection-officer') && until === null,
  )
  return officer ? `${officer.name}, data protection officer` : null
}

/** That the report went out, with the hash of what it said then. FDP_AUDIT_LATE, FDP_AUDIT_NO_CASE. */
export async function recordReported(
  deps: AuditDeps,
  of: { by: SubjectId; id: string; to: string; lateBecause: string | null },
): Promise<Receipt> {
  const report = await incidentReport(deps, of.id)
  const at = deps.clock.now()
  if (at > report.dueAt && of.lateBecause === null) throw auditErrors('FDP_AUDIT_LATE')
  return await signAudit(deps, 'incident.reported', { ...of, at, reportSha256: sha256Hex(canonicalJson(report)) })
}

/** Writes a part of the report; the words are in the erasable part. Errors: as `incidentReport`, FDP_AUDIT_NOT_ENTITLED. */
export async function describeIncident(
  deps: AuditDeps,
  input: AuditInput<'incident.described'>,
  words: string,
): Promise<Receipt> {
  await incident(deps, input.id)
  return await signAudit(deps, 'incident.described', input, { detail: { words } })
}

/** Closes an incident, and gives the report as it then stands. Errors: as `incidentReport`, FDP_AUDIT_NOT_ENTITLED. */
export async function closeIncident(deps: AuditDeps, input: AuditInput<'incident.closed'>) {
  const report = await incidentReport(deps, input.id)
  return { report, receipt: await signAudit(deps, 'incident.closed', input) }
}
