import type { GovernanceState, Level, Person, PersonKind } from '#governance'
import type { Instant } from '#kernel'
import type { LedgerEntry } from '#ledger'
import { type ReadFact, type RefusalFact, readOf, readsOf } from './reads.ts'
import { type SessionFact, sessionsOf } from './sessions.ts'

/** Whose work; each that is given must fit. */
export interface WorkFilter {
  readonly person?: string
  readonly employer?: string
  readonly kind?: PersonKind
  /** Everybody who is not the controller's own staff. */
  readonly outsiders?: boolean
  readonly from?: Instant
  readonly to?: Instant
}

/** One thing that somebody did, or was refused. */
export interface WorkLine {
  readonly entry: number
  readonly at: Instant
  readonly person: string
  readonly kind: PersonKind | 'not registered'
  readonly employer: string
  readonly did: 'session' | 'read' | 'figures' | 'edited' | 'refused' | 'signed'
  readonly purpose: string
  readonly object: string
  readonly level: Level | ''
  readonly columns: readonly string[]
  /** null: how many rows left is not known, because nothing says how it ended. */
  readonly rows: number | null
  readonly grant: string
  /** How it ended, reasons of a refusal, or the type of event that was signed. */
  readonly says: string
}

/**
 * Everything that a person did here over a period, in the order of the ledger: sessions, each object type of each read,
 * edits, refusals, events signed. Complete. Kind and employer are those of the register now.
 */
export async function workLog(
  entries: () => AsyncIterable<LedgerEntry>,
  state: GovernanceState,
  filter: WorkFilter = {},
): Promise<readonly WorkLine[]> {
  const { reads, refusals } = await readsOf(entries())
  const sessions = await sessionsOf(entries(), null)
  const lines = [
    ...sessions.map((session) => sessionLine(session, state)),
    ...reads.flatMap((read) => readLines(read, state)),
    ...refusals.map((refusal) => refusalLine(refusal, state)),
    ...(await editLines(entries(), state)),
    ...(await signedLines(entries(), state)),
  ]
  return lines.filter((line) => passes(line, state, filter)).sort((a, b) => a.entry - b.entry)
}

function passes(line: WorkLine, state: GovernanceState, filter: WorkFilter): boolean {
  const { person, employer, kind, outsiders, from, to } = filter
  const own = line.kind === 'controller-staff' && line.employer === state.controller
  return (
    (person === undefined || line.person === person) &&
    (employer === undefined || line.employer === employer) &&
    (kind === undefined || line.kind === kind) &&
    (!outsiders || !own) &&
    (from === undefined || line.at >= from) &&
    (to === undefined || line.at <= to)
  )
}

function whoIs(state: GovernanceState, subject: string): Pick<WorkLine, 'person' | 'kind' | 'employer'> {
  const person = state.persons.get(subject) as Person | undefined
  return { person: subject, kind: person?.kind ?? 'not registered', employer: person?.employer ?? '' }
}

const nothing = { object: '', level: '', columns: [], rows: 0, grant: '', purpose: '' } as const

function sessionLine(session: SessionFact, state: GovernanceState): WorkLine {
  const { subject, purpose, openedAt, closedAt } = session
  const says = closedAt === null ? 'no end on record' : `until ${closedAt}`
  return { ...nothing, ...whoIs(state, subject), entry: session.session, at: openedAt, did: 'session', purpose, says }
}

function readLines(read: ReadFact, state: GovernanceState): WorkLine[] {
  const { entry, time, subject, purpose, end } = read
  const did = end?.type === 'release.made' ? 'figures' : 'read'
  const says = end?.outcome ?? 'no end on record: counts as having seen everything'
  return Object.values(read.relations).map(({ object, level, columns, grant }) => ({
    ...{ entry, at: time, ...whoIs(state, subject), did, purpose, object, level, columns, grant, says },
    rows: end?.rows ?? null,
  }))
}

/** One line for each object type and kind of edit, with what was written. */
async function editLines(entries: AsyncIterable<LedgerEntry>, state: GovernanceState): Promise<WorkLine[]> {
  const lines: WorkLine[] = []
  for await (const entry of entries) {
    if (entry.type !== 'action.applied') continue
    const { time: at, subject, purpose, about, relations } = readOf(entry)
    const groups = entry.governance.edits as unknown as { object: string; kind: string; count: number }[]
    for (const [name, { object, level, columns, grant }] of Object.entries(relations)) {
      const mine = groups.filter((group) => `${group.kind} ${group.object}` === name)
      const rows = mine.reduce((sum, { count }) => sum + count, 0)
      const line = {
        ...{ entry: entry.index, at, did: 'edited' as const, purpose, object, level, columns, rows, grant },
      }
      lines.push({ ...line, ...whoIs(state, subject), says: String(about.action) })
    }
  }
  return lines
}

function refusalLine(refusal: RefusalFact, state: GovernanceState): WorkLine {
  const { entry, time: at, subject, purpose, reasons, count } = refusal
  const says = count === 1 ? reasons.join(', ') : `${count} refusals: ${reasons.join(', ')}`
  return { ...nothing, ...whoIs(state, subject), entry, at, did: 'refused', purpose, says }
}

/** Types that have lines of their own. */
const readTypes = [
  'action.applied',
  'session.opened',
  'session.closed',
  'read.opened',
  'read.refused',
  'read.refusals-summarised',
]

/** Whatever else names who did it: governance, flows, audits, signing in, looking somebody up. */
async function signedLines(entries: AsyncIterable<LedgerEntry>, state: GovernanceState): Promise<WorkLine[]> {
  const lines: WorkLine[] = []
  for await (const { index, time, type, governance } of entries) {
    const by = governance.by ?? (readTypes.includes(type) ? null : governance.subject)
    if (typeof by !== 'string') continue
    const object = typeof governance.object === 'string' ? governance.object : ''
    const who = whoIs(state, by)
    const did = type.endsWith('.refused') ? 'refused' : 'signed'
    lines.push({ ...nothing, ...who, object, entry: index, at: time, did, says: type })
  }
  return lines
}
