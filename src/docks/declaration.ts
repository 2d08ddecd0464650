import { isAbsolute } from 'node:path'
import { type Static, Type } from '@sinclair/typebox'
import { Value } from '@sinclair/typebox/value'
import { LineCounter, parseDocument } from 'yaml'
import { objectType, objectTypes } from '#contracts'
import { type DateOnly, type PurposeId, parseDate, parseSubjectId, type SubjectId } from '#kernel'
import { dockErrors } from './errors.ts'

const closed = { additionalProperties: false }
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
    drop: Type.String({ maxLength: 1_000, description: 'The folder in which the other system leaves its files.' }),
    files: Type.String({
      maxLength: 200,
      pattern: '^[^/{}*?]*\\{(date|yyyymmdd)\\}[^/{}*?]*$',
      description:
        'How a file is named: `{date}` stands for 2026-01-31, `{yyyymmdd}` for 20260131, the day that it speaks of.',
    }),
    sums: Type.Boolean({
      default: false,
      description:
        'Beside each file lies one of the same name with `.sha256` behind it, which begins with its SHA-256 in hexadecimal; until then the file is not complete.',
    }),
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

export interface Dock extends Omit<Static<typeof DockSchema>, 'by' | 'purpose' | 'since' | 'dueBy'> {
  readonly id: string
  readonly by: SubjectId
  readonly purpose: PurposeId
  readonly since: DateOnly
  readonly due: string
}

/** Reads the declaration of the dock `id`. FDP_DOCK_DECLARATION with the place, and never more of the text. */
export function parseDock(id: string, text: string): Dock {
  const wrong = (where: string, what: string) => dockErrors('FDP_DOCK_DECLARATION', { dock: id, where, what })
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: true })
  const [syntax] = document.errors
  if (syntax) throw wrong(`line ${lines.linePos(syntax.pos[0]).line}`, 'not YAML')
  const settings = readable(
    () => document.toJS({ maxAliasCount: 0 }) as unknown,
    () => wrong('the top', 'aliases are not read here'),
  )
  const found = Value.Default(DockSchema, settings ?? {})
  const [first] = Value.Errors(DockSchema, found)
  if (first)
    throw wrong(first.path.slice(1) || 'the top', first.message.charAt(0).toLowerCase() + first.message.slice(1))
  const { dueBy: due, ...dock } = found as Static<typeof DockSchema>
  if (!objectTypes().some(({ name }) => name === dock.object)) throw wrong('object', 'not an object type')
  if (!isAbsolute(dock.drop)) throw wrong('drop', 'not an absolute path')
  if (dock.opens >= due) throw wrong('opens', 'not before `dueBy`')
  return {
    ...{ ...dock, id, due, purpose: dock.purpose as PurposeId },
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

function readable<T>(read: () => T, wrong: () => Error): T {
  try {
    return read()
  } catch {
    throw wrong()
  }
}

/** Whether a delivery stands for all days, so that an earlier one must not take the place of a later one. */
export function replacesAll({ object }: Pick<Dock, 'object'>): boolean {
  return objectType(object).snapshot === 'all'
}
