import type { Input } from '#governance'
import { readCsvText } from '../csv-text.ts'
import { activityErrors } from './errors.ts'

export interface ActivityFile {
  readonly name: string
  readonly text: string
}

export type ActivityInput = Omit<Input<'governance.activity-registered'>, 'by'>

export interface ReadActivities {
  readonly activities: readonly ActivityInput[]
  /** Listed as activities, without a published basis: not registered. */
  readonly withoutBasis: readonly string[]
  /** Texts that were longer than the register takes, and end with a note that says so. */
  readonly cut: number
}

export const basisFilePattern = /^data-map-lawful-basis-[a-z0-9-]+\.csv$/
export const activitiesFileName = 'activities.csv'

const nameMax = 200
const textMax = 4_000
const cutNote = ' [cut here: the source says more]'

interface Row {
  readonly function: string
  readonly name: string
  readonly gdpr: string
  readonly confidence: string
  /** What each kind of organisation rests on, by the heading of its column. */
  readonly bases: ReadonlyMap<string, readonly string[]>
}

/**
 * Activities with their lawful bases out of the published lists. Nothing of them is built in: headings and texts are
 * taken as they stand. Where several lists speak of an activity, each different text is kept with the list it is from.
 * FDP_ACTIVITY_FOLDER, FDP_ACTIVITY_FILE.
 */
export function readActivities(files: readonly ActivityFile[]): ReadActivities {
  const lists = files.filter(({ name }) => basisFilePattern.test(name))
  if (lists.length === 0) throw activityErrors('FDP_ACTIVITY_FOLDER')
  const merged = new Map<string, { rows: Row[]; from: string[] }>()
  for (const file of lists) {
    for (const row of readRows(file)) {
      const known = merged.get(idOf(row)) ?? { rows: [], from: [] }
      merged.set(idOf(row), { rows: [...known.rows, row], from: [...known.from, file.name] })
    }
  }
  let cut = 0
  const within = (text: string, max: number) => {
    if (text.length <= max) return text
    cut++
    return `${text.slice(0, max - cutNote.length).trimEnd()}${cutNote}`
  }
  const activities = [...merged].flatMap(([id, { rows, from }]) => {
    const [first] = rows
    const conditions = conditionsOf(rows, from)
    const dutyOfConfidence = differing(
      rows.map(({ confidence }) => confidence),
      from,
    )
    if (!first || conditions === '' || dutyOfConfidence === '') return []
    return [
      {
        ...{ id, function: within(first.function, nameMax), name: within(first.name, nameMax) },
        conditions: within(conditions, textMax),
        dutyOfConfidence: within(dutyOfConfidence, textMax),
        source: within([...new Set(from)].join(' and '), nameMax),
      },
    ]
  })
  const known = new Set(activities.map(({ id }) => id))
  const listed = files.filter(({ name }) => name === activitiesFileName).flatMap(readRows)
  const named = [...listed.map(idOf), ...merged.keys()]
  return { activities, withoutBasis: [...new Set(named)].filter((id) => !known.has(id)), cut }
}

/** Rows below an activity go on with its lists; an empty cell of condition or duty is the one above, within a function. */
function readRows({ name, text }: ActivityFile): readonly Row[] {
  const [head, ...lines] = readCsvText(text) ?? []
  if (!head) throw activityErrors('FDP_ACTIVITY_FILE', { name, why: 'it is empty, or a quotation mark never ends' })
  const headings = head.cells.map((cell) => cell.trim())
  const column = (wanted: RegExp) => headings.findIndex((heading) => wanted.test(heading))
  const [functions, activities] = [column(/^function$/i), column(/^activity$/i)]
  const [gdpr, confidence] = [column(/gdpr/i), column(/duty of confiden/i)]
  if (functions === -1 || activities === -1)
    throw activityErrors('FDP_ACTIVITY_FILE', { name, why: 'its first line names no FUNCTION and ACTIVITY' })
  const organisations = headings.flatMap((heading, i) => (heading !== '' && i > Math.max(gdpr, confidence) ? [i] : []))
  const rows: (Row & { bases: Map<string, string[]> })[] = []
  for (const { cells } of lines) {
    const cell = (i: number) => (i === -1 ? '' : (cells[i] ?? '').trim())
    const last = rows.at(-1)
    if (cell(activities) !== '') {
      const isNew = cell(functions) !== '' || !last
      const above = (i: number, before: string | undefined) => cell(i) || (isNew ? '' : (before ?? ''))
      rows.push({
        ...{ function: isNew ? cell(functions) : last.function, name: cell(activities), bases: new Map() },
        ...{ gdpr: above(gdpr, last?.gdpr), confidence: above(confidence, last?.confidence) },
      })
    }
    const bases = gdpr === -1 ? undefined : rows.at(-1)?.bases
    for (const i of organisations) {
      if (cell(i) !== '') bases?.set(headings[i]!, [...(bases.get(headings[i]!) ?? []), cell(i)])
    }
  }
  return rows
}

function conditionsOf(rows: readonly Row[], from: readonly string[]): string {
  const gdpr = differing(
    rows.map((row) => row.gdpr),
    from,
  )
  const lines = rows.flatMap(({ bases }) =>
    [...bases].map(([organisation, texts]) => {
      // One of the lists gives numbers of statutes where the other gives words.
      const numbers = texts.filter((text) => /^\d+$/.test(text))
      const words = texts.filter((text) => !/^\d+$/.test(text))
      const said = [...words, ...(numbers.length > 0 ? [`statutes ${numbers.join(', ')} of its list`] : [])]
      return `${organisation}: ${said.join('; ')}`
    }),
  )
  return gdpr === '' ? '' : [gdpr, ...lines].join('\n')
}

function differing(texts: readonly string[], from: readonly string[]): string {
  const given = texts.map((text, i) => [text, from[i]] as const).filter(([text]) => text !== '')
  const [first] = given
  if (!first || given.every(([text]) => text === first[0])) return first?.[0] ?? ''
  return given.map(([text, name]) => `${name}: ${text}`).join('\n')
}

/** `a-1-interacting-with-own-personal-health`: letter and number as published, and the first words. */
function idOf({ function: of, name }: Pick<Row, 'function' | 'name'>): string {
  const letter = /^([A-Za-z])\./.exec(of)?.[1]
  const words = (letter === undefined ? name : `${letter}-${name}`)
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-|-$/g, '')
  return words.length <= 60 ? words : words.slice(0, 60).replace(/-[^-]*$/, '')
}
