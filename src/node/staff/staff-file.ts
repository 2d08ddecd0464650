import { type GovernanceState, isInPost } from '#governance'
import { isFdpError, type SubjectId } from '#kernel'
import type { EntryInput } from '#ledger'
import { readCsvText } from '../csv-text.ts'
import { type Draft, draft, type Refused, type Signing, signDrafts } from './draft.ts'
import { staffErrors } from './errors.ts'
import { keepsPost, memberDrafts, type StaffMember } from './member.ts'
import { type Place, placeDrafts } from './membership.ts'
import { needed, optional, readStaffLine, type StaffLine } from './staff-line.ts'

export const staffFileBytesMax = 20_000_000
const linesMax = 100_000
/** More than one in five of the people would leave: more likely half a file than a bad year. */
const leaveShareMax = 0.2

export interface StaffPlan {
  /** What would change, in the order of the file; leavers who are not in it come last. */
  readonly drafts: readonly Draft[]
  /** Empty if anything is refused: a file goes in whole or not at all. */
  readonly entries: readonly EntryInput[]
  readonly refused: readonly Refused[]
}

interface Listed {
  readonly line: number
  readonly member: StaffMember
  readonly places: readonly Place[]
}

/**
 * What a staff file would change, against the register of this moment. The file is the whole list of every employer that
 * it names: whoever of theirs is missing leaves. Roles in teams are compared only if it has the column `team`.
 * Errors: FDP_STAFF_FILE, FDP_STAFF_COLUMN, FDP_STAFF_SIGNER, FDP_STAFF_TOO_MANY_LEAVE; what is wrong with single lines
 * is in `refused`.
 */
export function planStaffFile(
  state: GovernanceState,
  text: string,
  { all, ...signing }: Signing & { readonly all: boolean },
): StaffPlan {
  const { header, lines, refused } = readLines(text)
  const people = gather(lines, refused)
  const drafts: Draft[] = []
  for (const { line, member, places } of people.values()) {
    try {
      if (member.manager && !people.has(member.manager) && !state.persons.has(member.manager))
        throw staffErrors('FDP_STAFF_MANAGER')
      const before = state.persons.get(member.id)
      const made = [...memberDrafts(state, member, signing)]
      const isHere = member.until === null || signing.at < member.until
      if (header.includes('team') && isHere)
        made.push(...placeDrafts(state, member.id, places, !keepsPost(before, member, signing.at), signing))
      drafts.push(...made.map((each) => ({ ...each, line })))
    } catch (error) {
      if (!isFdpError(error)) throw error
      refused.push({ line, error })
    }
  }
  // Whoever is on a line that cannot be read is not missing.
  if (refused.length === 0) {
    drafts.push(...missing(state, people, signing))
    checkLeavers(state, people, drafts, { all, ...signing })
  }
  const signed = signDrafts(state, drafts, signing.at)
  const every = [...refused, ...signed.refused]
  return { drafts, entries: every.length > 0 ? [] : signed.entries, refused: every }
}

function readLines(text: string) {
  const [head, ...rows] = readCsvText(text) ?? []
  if (!head) throw staffErrors('FDP_STAFF_FILE', { why: 'it is empty, or a quotation mark never ends' })
  if (rows.length > linesMax) throw staffErrors('FDP_STAFF_FILE', { why: `it has more than ${linesMax} lines` })
  const header = head.cells.map((cell) => cell.trim())
  const known: readonly string[] = [...needed, ...optional]
  const wrong =
    needed.find((column) => !header.includes(column)) ??
    (header.includes('team') && !header.includes('teamRole') ? 'teamRole' : undefined) ??
    known.find((column) => header.filter((each) => each === column).length > 1) ??
    (header.every((column) => known.includes(column))
      ? undefined
      : header.findIndex((each) => !known.includes(each)) + 1)
  if (wrong !== undefined) throw staffErrors('FDP_STAFF_COLUMN', { column: wrong })
  const lines: StaffLine[] = []
  const refused: Refused[] = []
  for (const row of rows) {
    try {
      lines.push(readStaffLine(row, header))
    } catch (error) {
      if (!isFdpError(error)) throw error
      refused.push({ line: row.line, error })
    }
  }
  return { header, lines, refused }
}

/** One person with all their roles; further lines of a person say the same of them as the first. */
function gather(lines: readonly StaffLine[], refused: Refused[]): ReadonlyMap<SubjectId, Listed> {
  const people = new Map<SubjectId, Listed>()
  for (const { line, member, place } of lines) {
    const known = people.get(member.id)
    const places = [...(known?.places ?? []), ...(place ? [place] : [])]
    const fields = Object.keys({ ...known?.member, ...member }) as (keyof StaffMember)[]
    const column = known && fields.find((field) => known.member[field] !== member[field])
    if (column) refused.push({ line, error: staffErrors('FDP_STAFF_TWICE', { line, first: known.line, column }) })
    else people.set(member.id, { line: known?.line ?? line, member, places })
  }
  return people
}

function peopleOf(state: GovernanceState, people: ReadonlyMap<SubjectId, Listed>, { at }: Signing) {
  const employers = new Set<string>([...people.values()].map(({ member }) => member.employer))
  return [...state.persons.values()].filter((each) => employers.has(each.employer) && isInPost(each, at))
}

function missing(state: GovernanceState, people: ReadonlyMap<SubjectId, Listed>, signing: Signing): readonly Draft[] {
  const { by, at } = signing
  return peopleOf(state, people, signing)
    .filter(({ id }) => !people.has(id))
    .map(({ id }) => draft('governance.person-left', { by, person: id, at }, 'leaves: not in the file', id))
}

function checkLeavers(
  state: GovernanceState,
  people: ReadonlyMap<SubjectId, Listed>,
  drafts: readonly Draft[],
  { all, ...signing }: Signing & { readonly all: boolean },
): void {
  const leaving = drafts.filter(({ type, input }) => {
    return type === 'governance.person-left' && (input as unknown as { readonly at: string }).at <= signing.at
  })
  if (leaving.some(({ about }) => about === signing.by)) throw staffErrors('FDP_STAFF_SIGNER')
  const now = peopleOf(state, people, signing).length
  if (!all && leaving.length > now * leaveShareMax)
    throw staffErrors('FDP_STAFF_TOO_MANY_LEAVE', { leaving: leaving.length, people: now })
}
