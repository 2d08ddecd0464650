import { isAbsolute } from 'node:path'
import { type Static, Type } from '@sinclair/typebox'
import { objectType, objectTypes } from '#contracts'
import { asDeclared, readYaml, type Wrong } from '#declared'
import type { Submission } from '#flows'
import {
  type DateOnly,
  type JsonObject,
  objectIn,
  type PurposeId,
  parseDate,
  parseSubjectId,
  type SubjectId,
} from '#kernel'
import { readMappingFile } from '#mapping'
import { dockErrors } from './errors.ts'

const questionCharsMax = 100_000
const closed = { additionalProperties: false }
export const connectionName = '^[a-z0-9][a-z0-9-]*$'
const fileOfDay = '^[^/{}*?]*\\{(date|yyyymmdd)\\}[^/{}*?]*$'
const clockTime = '^([01][0-9]|2[0-3]):[0-5][0-9]$'

/** One dock; `docs/reference/docks.md` is drawn from these descriptions. */
export const DockSchema = Type.Object(
  {
    object: Type.String({ maxLength: 100, description: 'The object type of the contract that a file holds.' }),
    controller: Type.String({
      pattern: '^[A-Z0-9]{3,6}$',
      description: 'ODS code of the organisation whose data it is.',
    }),
    by: Type.String({
      maxLength: 200,
      description: 'The person or service as whom files are submitted; they need a grant for it.',
    }),
    purpose: Type.String({ maxLength: 100, description: 'The purpose of that grant.' }),
    connection: Type.Optional(
      Type.String({
        ...{ maxLength: 60, pattern: connectionName },
        description:
          'Another system, as a file of the folder `connections` declares it; without one, files are of this machine.',
      }),
    ),
    drop: Type.Optional(
      Type.String({
        maxLength: 1_000,
        description: 'Where the other system leaves its files: a folder of this machine, or a place in the connection.',
      }),
    ),
    files: Type.Optional(
      Type.String({
        maxLength: 200,
        pattern: fileOfDay,
        description:
          'How a file is named: `{date}` stands for 2026-01-31, `{yyyymmdd}` for 20260131, the day that it speaks of.',
      }),
    ),
    ask: Type.Optional(
      Type.String({
        ...{ maxLength: 100, pattern: '^[A-Za-z0-9][A-Za-z0-9._-]*$' },
        description:
          'In place of `drop` and `files`: a file beside this one with the question that the connection is asked.',
      }),
    ),
    everyMinutes: Type.Optional(
      Type.Integer({
        ...{ minimum: 5, maximum: 1_440 },
        description:
          'With `ask`: how often it is asked again within a day; without it once, and again when that failed.',
      }),
    ),
    format: Type.String({
      ...{ maxLength: 40, default: 'csv' },
      description: 'How a file is written: a name that `./fdp flow submit --format` takes.',
    }),
    part: Type.Optional(
      Type.String({
        maxLength: 200,
        description: 'Which sheet of a workbook or file of an archive, where there are several.',
      }),
    ),
    mapping: Type.Optional(
      Type.String({
        ...{ maxLength: 100, pattern: '^[A-Za-z0-9][A-Za-z0-9._-]*\\.yaml$' },
        description:
          'For tables: a mapping in a file beside this one (spec/mappings.md), as `./fdp flow submit --mapping` takes it.',
      }),
    ),
    view: Type.Optional(
      Type.String({
        ...{ maxLength: 100, pattern: '^[A-Za-z0-9][A-Za-z0-9._-]*\\.json$' },
        description: 'For FHIR: a ViewDefinition in a file beside this one.',
      }),
    ),
    sums: Type.Boolean({
      default: false,
      description:
        'Beside each file lies one of the same name with `.sha256` behind it, which begins with its SHA-256 in hexadecimal; until then the file is not complete.',
    }),
    manifest: Type.Optional(
      Type.String({
        ...{ maxLength: 200, pattern: fileOfDay },
        description:
          'How the manifest of a delivery is named, as `files`: it names each file with its SHA-256 and, where it says so, bytes and rows (spec/docks.md). Until all of them lie there as it says the delivery is not complete.',
      }),
    ),
    stillSeconds: Type.Integer({
      ...{ minimum: 1, maximum: 86_400, default: 60 },
      description: 'How long a file must not have changed before it counts as complete.',
    }),
    opens: Type.String({
      pattern: clockTime,
      default: '00:00',
      description: 'From when on a delivery is looked for; times are of Europe/London.',
    }),
    dueBy: Type.String({ pattern: clockTime, description: 'Until when it is due.' }),
    kind: Type.Union([Type.Literal('snapshot'), Type.Literal('events')], {
      default: 'snapshot',
      description:
        'Whether a file is all that there is and takes the place of what was there, or the events of its day (or since the last), which are added; a file for the same day again takes the place of that day’s.',
    }),
    about: Type.Union([Type.Literal('day-before'), Type.Literal('same-day')], {
      default: 'day-before',
      description: 'Whether what is due on a day speaks of that day or the one before.',
    }),
    weekdays: Type.Union([Type.Literal('all'), Type.Literal('monday-to-friday')], {
      default: 'all',
      description: 'On which days something is due.',
    }),
    since: Type.String({ pattern: '^\\d{4}-\\d\\d-\\d\\d$', description: 'The first day that is spoken of.' }),
    daysBack: Type.Integer({
      ...{ minimum: 1, maximum: 400, default: 14 },
      description: 'How many days are looked back on for late and corrected files.',
    }),
  },
  closed,
)

type Schema = Static<typeof DockSchema>
type FromName = 'connection' | 'drop' | 'files' | 'sums' | 'manifest' | 'stillSeconds' | 'ask' | 'everyMinutes'
type Told = 'by' | 'purpose' | 'since' | 'dueBy' | 'format' | 'part' | 'mapping' | 'view'

/** Files that another system leaves; without a connection in a folder of this machine. */
export interface FromFiles {
  readonly kind: 'files'
  readonly connection: string | null
  readonly place: string
  readonly pattern: string
  readonly sums: boolean
  /** Pattern of the manifest's name; null: deliveries come without one. */
  readonly manifest: string | null
  readonly stillSeconds: number
}

/** What another system answers. */
export interface FromAnswers {
  readonly kind: 'answers'
  readonly connection: string
  readonly question: string
  readonly everyMinutes: number | null
}

export interface Dock extends Omit<Schema, Told | FromName> {
  readonly id: string
  readonly from: FromFiles | FromAnswers
  readonly by: SubjectId
  readonly purpose: PurposeId
  readonly since: DateOnly
  readonly due: string
  /** How its files are written. */
  readonly how: Pick<Submission, 'format' | 'part' | 'declared' | 'view'>
}

/**
 * Reads the declaration of the dock `id`; `beside` gives the text of a file beside it. FDP_DOCK_DECLARATION with the place,
 * and never more of a text.
 */
export function parseDock(id: string, text: string, beside: (name: string) => string = noFile): Dock {
  const wrong: Wrong = (where, what) => dockErrors('FDP_DOCK_DECLARATION', { dock: id, where, what })
  const dock = asDeclared(DockSchema, readYaml(text, wrong), wrong)
  if (!objectTypes().some(({ name }) => name === dock.object)) throw wrong('object', 'not an object type')
  const { object, controller, opens, dueBy: due, about, weekdays, daysBack, kind } = dock
  if (opens >= due) throw wrong('opens', 'not before `dueBy`')
  return {
    ...{ id, object, controller, opens, due, about, weekdays, daysBack, kind, purpose: dock.purpose as PurposeId },
    ...{ from: fromOf(dock, beside, wrong), how: howOf(dock, beside, wrong) },
    by: readable(
      () => parseSubjectId(dock.by),
      () => wrong('by', 'not the id of a person or service'),
    ),
    since: readable(
      () => parseDate(dock.since),
      () => wrong('since', 'not a day'),
    ),
  }
}

function howOf(
  { format, part, mapping, view: file }: Schema,
  beside: (name: string) => string,
  wrong: Wrong,
): Dock['how'] {
  const named = { format, ...(part === undefined ? {} : { part }) }
  if (mapping !== undefined) {
    if (file !== undefined) throw wrong('mapping', 'there is `view` as well')
    const declared = readable(
      () => readMappingFile(beside(mapping)).document,
      () => wrong('mapping', 'no mapping to be read; `./fdp mapping test` says why'),
    )
    return { ...named, declared }
  }
  if (file === undefined) return named
  const view = readable(
    () => viewIn(beside(file)),
    () => wrong('view', 'no JSON object to be read'),
  )
  return { ...named, view }
}

function fromOf(declared: Pick<Schema, FromName>, beside: (name: string) => string, wrong: Wrong): Dock['from'] {
  const { connection = null, drop, files, sums, manifest = null, stillSeconds, ask, everyMinutes = null } = declared
  if (ask === undefined) {
    if (drop === undefined || files === undefined) throw wrong('drop', 'without `ask` there is `drop`, and `files`')
    if (everyMinutes !== null) throw wrong('everyMinutes', 'only with `ask`')
    if (connection === null && !isAbsolute(drop)) throw wrong('drop', 'not an absolute path')
    if (manifest !== null && (sums || manifest === files))
      throw wrong('manifest', 'there is `sums`, or `files` is the same')
    return { kind: 'files', connection, place: drop, pattern: files, sums, manifest, stillSeconds }
  }
  if (manifest !== null) throw wrong('manifest', 'only with `drop` and `files`')
  if (drop !== undefined || files !== undefined) throw wrong('ask', 'there is `drop` or `files` as well')
  if (connection === null) throw wrong('connection', 'missing beside `ask`')
  const question = readable(
    () => textIn(beside(ask)),
    () => wrong('ask', 'no text of at most 100,000 characters to be read'),
  )
  return { kind: 'answers', connection, question, everyMinutes }
}

function textIn(text: string): string {
  if (text.trim() === '' || text.length > questionCharsMax) throw new Error('no question')
  return text
}

function noFile(): never {
  throw new Error('there is no file beside it')
}

/** Throws for what is no JSON object. */
export function viewIn(text: string): JsonObject {
  const view = objectIn(text)
  if (view === null) throw new Error('no object')
  return view as JsonObject
}

function readable<T>(read: () => T, wrong: () => Error): T {
  try {
    return read()
  } catch {
    throw wrong()
  }
}

/**
 * Whether a delivery stands for all days, so that an earlier one must not take the place of a later one. One of a type whose
 * submissions stand for a publication each takes that one's place and no other's, and events are added.
 */
export function replacesAll({ object, kind }: Pick<Dock, 'object' | 'kind'>): boolean {
  const { snapshot, snapshotOf } = objectType(object)
  return kind === 'snapshot' && snapshot === 'all' && snapshotOf === undefined
}
