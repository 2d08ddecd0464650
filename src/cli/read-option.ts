import {
  type DateOnly,
  type Instant,
  type OdsCode,
  type PurposeId,
  parseDate,
  parseInstant,
  parseOdsCode,
  parsePurposeId,
  parseSubjectId,
  type SubjectId,
} from '#kernel'
import { usage } from './errors.ts'

/*
 * Readers of what a person typed after an option. Each says which option was not written right, without repeating the
 * value: it may have been pasted from a record.
 */

interface Place {
  /** `--as-at`, or the name of an argument. */
  readonly option: string
  /** For the help line: `flow submit`. */
  readonly command: string
}

function reader<T>(shape: string, parse: (text: string) => T): (text: unknown, place: Place) => T {
  return (text, { option, command }) => {
    try {
      return parse(String(text))
    } catch {
      throw usage(`\`${option}\` takes ${shape}`, command)
    }
  }
}

export const readDateOption: (text: unknown, place: Place) => DateOnly = reader('a day like 2026-01-31', parseDate)
export const readOdsOption: (text: unknown, place: Place) => OdsCode = reader(
  'an ODS code: capital letters and digits',
  parseOdsCode,
)
export const readPersonOption: (text: unknown, place: Place) => SubjectId = reader(
  'the id of a person who acts, like nadia.holt@national.example',
  parseSubjectId,
)
export const readPurposeOption: (text: unknown, place: Place) => PurposeId = reader(
  'the id of a purpose, like official-statistics',
  parsePurposeId,
)
/** A day means its last moment, so that what happened on it counts. */
export const readMomentOption: (text: unknown, place: Place) => Instant = reader(
  'a day like 2026-01-31 or a moment like 2026-01-31T09:30:00Z',
  (text) => parseInstant(/^\d{4}-\d\d-\d\d$/.test(text) ? `${parseDate(text)}T23:59:59.999Z` : text),
)

/** A day means its first moment: for where something begins, and for clocks that run against us. */
export const readBeginningOption: (text: unknown, place: Place) => Instant = reader(
  'a day like 2026-01-31 or a moment like 2026-01-31T09:30:00Z',
  (text) => parseInstant(/^\d{4}-\d\d-\d\d$/.test(text) ? `${parseDate(text)}T00:00:00.000Z` : text),
)

export function readWholeOption(text: unknown, place: Place, range: { min: number; max: number }): number {
  const { min, max } = range
  return reader(`a whole number from ${min} to ${max}`, (typed) => {
    const value = Number(typed)
    if (!/^\d+$/.test(typed) || value < min || value > max) throw new RangeError('out of range')
    return value
  })(text, place)
}

export function readChoiceOption<T extends string>(text: unknown, place: Place, choices: readonly T[]): T {
  return reader(`one of: ${choices.join(', ')}`, (typed) => {
    const found = choices.find((choice) => choice === typed)
    if (found === undefined) throw new RangeError('not a choice')
    return found
  })(text, place)
}

/** Names separated by commas; none where the option was left out. */
export function readNamesOption(text: unknown): readonly string[] {
  return typeof text === 'string'
    ? text
        .split(',')
        .map((part) => part.trim())
        .filter((part) => part !== '')
    : []
}
