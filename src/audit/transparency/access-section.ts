import { type AccessRow, elevatedPeople, elevatedPeopleMax, inForce, levels } from '#governance'
import { addMs, type Instant } from '#kernel'
import { dayOf, rowsInWords } from './in-words.ts'
import type { PublicRecord } from './public-record.ts'

const dayMs = 86_400_000

/**
 * Who can see what, from the rows that `whoCanSee` gives, without names: people of the same kind, employer and role who
 * may do the same are counted together; of others than the controller's and its partners' staff each is told apart by
 * a number. Complete: every row is counted in one line.
 */
export function accessSection(record: PublicRecord, rows: readonly AccessRow[]) {
  const lines = new Map<string, { readonly row: AccessRow; readonly people: Set<string> }>()
  for (const row of rows) {
    const key = JSON.stringify(lineOf(record, row))
    const line = lines.get(key) ?? { row, people: new Set() }
    line.people.add(row.person)
    lines.set(key, line)
  }
  return [...lines]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, { row, people }]) => ({ ...lineOf(record, row), people: people.size }))
}

/** Of an emergency not even the role is told: with its moment it could point to a patient. */
function lineOf(record: PublicRecord, row: AccessRow) {
  const { kind, employer, role, action, object, level, purpose, rows, until, basis } = row
  const isOutsider = kind === 'processor-staff' || kind === 'other'
  return {
    ...{ kind, employer: employer as string },
    person: isOutsider ? record.ordinals.of(employer, row.person) : null,
    role: basis === 'break-glass' ? null : record.plain(role),
    ...{ action, object, columns: row.columns.length, level, purpose: purpose as string },
    ...{ rows: rowsInWords(rows), basis, until: dayOf(until) },
  }
}

/** People by kind, data set and level. */
export function countsSection(rows: readonly AccessRow[]) {
  const groups = new Map<string, { kind: string; object: string; level: string; people: Set<string> }>()
  for (const { kind, object, level, person, action } of rows) {
    if (action !== 'read') continue
    const key = `${kind}\t${object}\t${levels.indexOf(level)}`
    const group = groups.get(key) ?? { kind, object, level, people: new Set() }
    group.people.add(person)
    groups.set(key, group)
  }
  return [...groups]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, { people, ...group }]) => ({ ...group, people: people.size }))
}

/** People by kind and level: each once, whatever the number of data sets. */
export function headcountSection(rows: readonly AccessRow[]) {
  const reading = rows.filter(({ action }) => action === 'read')
  const groups = Map.groupBy(reading, ({ kind, level }) => `${kind} ${levels.indexOf(level)}`)
  return [...groups.keys()].sort().map((key) => {
    const group = groups.get(key)!
    const { kind, level } = group[0]!
    return { kind, level, people: new Set(group.map(({ person }) => person)).size }
  })
}

/** How much of everything each employer's people, and the one person who sees most, see rows of. Figures do not count. */
export function breadthSection(record: PublicRecord, rows: readonly AccessRow[]) {
  const { dataSets } = record.state
  const seen = rows.filter(({ action, level }) => action === 'read' && level !== 'aggregate')
  const measure = (some: readonly AccessRow[]) => {
    const objects = new Set(some.map(({ object }) => object))
    const published = [...objects].filter((object) => dataSets.has(object)).length
    return { dataSets: objects.size, published, share: dataSets.size === 0 ? 0 : published / dataSets.size }
  }
  const employers = Map.groupBy(seen, ({ employer }) => employer as string)
  return {
    dataSets: dataSets.size,
    employers: [...employers.entries()]
      .map(([employer, some]) => ({
        ...{ employer, kinds: [...new Set(some.map(({ kind }) => kind))].sort() },
        ...{ people: new Set(some.map(({ person }) => person)).size, ...measure(some) },
        largestPerson: [...Map.groupBy(some, ({ person }) => person).values()]
          .map(measure)
          .reduce((a, b) => (b.dataSets > a.dataSets ? b : a)),
      }))
      .sort((a, b) => b.dataSets - a.dataSets || (a.employer < b.employer ? -1 : 1)),
  }
}

/** The elevated data role: sight of identifiable rows by processors' staff. */
export function elevatedSection({ state }: PublicRecord, rows: readonly AccessRow[], at: Instant) {
  const peopleMax = elevatedPeopleMax(state, at, () => {})
  const inLine = elevatedPeople(state, at, () => {})
  const now = new Set(
    rows
      .filter(
        ({ kind, level, action, basis }) =>
          kind === 'processor-staff' && level === 'identifiable' && action === 'read' && basis === 'approval',
      )
      .map(({ person }) => person),
  )
  return {
    ...{ peopleMax, people: now.size },
    /** Beyond the cap: they hold a grant, and it opens nothing. */
    suspended: Math.max(0, inLine.length - peopleMax),
    reviewsOverdue: reviewsOverdue(state, at),
  }
}

function reviewsOverdue(state: PublicRecord['state'], at: Instant): number {
  return state.elevated
    .flatMap((id) => state.grants.get(id) ?? [])
    .filter(({ from, until, revokedAt }) => from <= at && at < until && !(revokedAt !== null && revokedAt <= at))
    .filter(({ dpia, reviewedAt, from }) => {
      const days = dpia && inForce(state.dpias.get(dpia.id) ?? [], at)?.bounds.elevated?.reviewDays
      return typeof days === 'number' && addMs(reviewedAt ?? from, days * dayMs) <= at
    }).length
}
