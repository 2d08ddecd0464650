import { type Grade, grades, type PersonKind, personKinds } from '#governance'
import { type Instant, parseDate, parseInstant, parseOdsCode, parseSubjectId } from '#kernel'
import type { TextRow } from '../csv-text.ts'
import { staffErrors } from './errors.ts'
import type { StaffMember } from './member.ts'
import type { Place } from './membership.ts'

export const needed = ['id', 'name', 'employer', 'kind', 'role'] as const
export const optional = [
  ...(['grade', 'manager', 'from', 'until', 'team', 'teamRole', 'teamFrom', 'teamUntil'] as const),
  ...(['clearanceUntil', 'trainingUntil'] as const),
]
export type StaffColumn = (typeof needed)[number] | (typeof optional)[number]

export interface StaffLine {
  readonly line: number
  readonly member: StaffMember
  readonly place: Place | null
}

const nameMax = 200
const idPattern = /^[a-z0-9][a-z0-9._-]{0,79}$/

/** One line of a staff file. FDP_STAFF_VALUE names line and column, never the value. */
export function readStaffLine({ line, cells }: TextRow, header: readonly string[]): StaffLine {
  const text = (column: StaffColumn) => (cells[header.indexOf(column)] ?? '').trim()
  function read<T>(column: StaffColumn, shape: string, parse: (value: string) => T): T {
    try {
      return parse(text(column))
    } catch {
      throw staffErrors('FDP_STAFF_VALUE', { line, column, shape })
    }
  }
  const whenGiven = <T>(column: StaffColumn, value: () => T) => (text(column) === '' ? undefined : value())
  const choice =
    <T extends string>(choices: readonly T[]) =>
    (value: string): T => {
      const found = choices.find((each) => each === value)
      if (found === undefined) throw new RangeError('not a choice')
      return found
    }
  const matching = (isGood: (value: string) => boolean) => (value: string) => {
    if (!isGood(value)) throw new RangeError('not of the form')
    return value
  }
  const words = (column: StaffColumn) =>
    read(
      column,
      `a text of 1 to ${nameMax} characters`,
      matching((each) => each !== '' && each.length <= nameMax),
    )
  const id = (column: StaffColumn) =>
    read(
      column,
      'an id of small letters, digits, dots and hyphens',
      matching((each) => idPattern.test(each)),
    )
  const first = (column: StaffColumn) => whenGiven(column, () => read(column, 'a day like 2026-01-31', firstMoment))
  const last = (column: StaffColumn) => whenGiven(column, () => read(column, 'a day like 2026-01-31', lastMoment))
  const grade = whenGiven('grade', () => read<Grade>('grade', grades.join(' or '), choice(grades)))
  const manager = whenGiven('manager', () => read('manager', 'the id of a person', parseSubjectId))
  const [from, clearanceUntil, trainingUntil] = [first('from'), last('clearanceUntil'), last('trainingUntil')]
  const member: StaffMember = {
    id: read('id', 'the id of a person, like ada.bell@trust.example', parseSubjectId),
    ...{ name: words('name'), role: words('role') },
    employer: read('employer', 'an ODS code: capital letters and digits', parseOdsCode),
    kind: read<PersonKind>('kind', `one of ${personKinds.join(', ')}`, choice(personKinds)),
    until: last('until') ?? null,
    ...(grade === undefined ? {} : { grade }),
    ...(manager === undefined ? {} : { manager }),
    ...(from === undefined ? {} : { from }),
    ...(clearanceUntil === undefined ? {} : { clearanceUntil }),
    ...(trainingUntil === undefined ? {} : { trainingUntil }),
  }
  const teamFrom = first('teamFrom')
  const place = whenGiven('team', () => ({
    ...{ team: id('team'), role: id('teamRole'), until: last('teamUntil') ?? null },
    ...(teamFrom === undefined ? {} : { from: teamFrom }),
  }))
  return { line, member, place: place ?? null }
}

const firstMoment = (day: string): Instant => parseInstant(`${parseDate(day)}T00:00:00.000Z`)
const lastMoment = (day: string): Instant => parseInstant(`${parseDate(day)}T23:59:59.999Z`)
