import { identifierKey } from '../saying/identifier-key.ts'
import type { Identifier, SaidSegment, SaidValue } from '../saying/said-value.ts'
import type { MessageName, Saying } from '../saying/saying.ts'
import type { Timestamp } from '../time/timestamp.ts'
import { inOrder } from './in-order.ts'
import { compareText, saidOrder } from './said-order.ts'
import { nameKey, type VisitLog } from './visit-log.ts'

/** What segments say, by our names (`SCH.start`), the latest of each; null where it was removed. */
export type Details = Map<string, readonly SaidValue[] | null>

/** What one number is spoken of by, in order, at least one message each; the keys in their order. */
export interface Told {
  readonly byKey: ReadonlyMap<string, readonly [Saying, ...Saying[]]>
  /** Messages that say no number or no time: nothing follows from them. */
  readonly unplaced: readonly MessageName[]
}

/** Messages by the keys that `keysOf` gives for each; it gives null for a message about something else. */
export function toldBy(log: VisitLog, keysOf: (saying: Saying) => readonly string[] | null): Told {
  const found = new Map<string, [Saying, ...Saying[]]>()
  for (const saying of inOrder(log)) {
    for (const key of keysOf(saying) ?? []) {
      const before = found.get(key)
      if (before) before.push(saying)
      else found.set(key, [saying])
    }
  }
  const unplaced = [...log.values()]
    .map(({ saying }) => saying)
    .filter((saying) => saying.processing === 'production' && keysOf(saying) !== null)
    .filter((saying) => saidOrder(saying) === null || keysOf(saying)!.length === 0)
    .map(({ name }) => name)
    .sort((a, b) => compareText(nameKey(a), nameKey(b)))
  return { byKey: new Map([...found].sort(([a], [b]) => compareText(a, b))), unplaced }
}

/** The first segment of a kind; a second one is of something further. */
export function firstOf({ segments }: Pick<Saying, 'segments'>, id: string): SaidSegment | undefined {
  return segments.find((segment) => segment.id === id)
}

export function valuesOf(segment: SaidSegment | undefined, name: string): readonly SaidValue[] | null | undefined {
  return segment?.fields.find((field) => field.name === name)?.values
}

export function firstValue<K extends SaidValue['kind']>(
  values: readonly SaidValue[] | null | undefined,
  kind: K,
): Extract<SaidValue, { kind: K }> | undefined {
  return values?.find((value): value is Extract<SaidValue, { kind: K }> => value.kind === kind)
}

export function numberIn(saying: Saying, id: string, name: string): Identifier | undefined {
  return firstValue(valuesOf(firstOf(saying, id), name), 'identifier')
}

/** Key of a number among those of one kind of thing. */
export function thingKey(kind: string, number: Identifier, { name }: Saying): string {
  return JSON.stringify([kind, identifierKey(number, name.facility)])
}

/** Lays what the first segment of each of these kinds says over what was said before. */
export function layOver(details: Details, saying: Saying, ids: readonly string[]): void {
  for (const id of ids) {
    for (const { name, values } of firstOf(saying, id)?.fields ?? []) details.set(`${id}.${name}`, values)
  }
}

/** Notes of a message, a line each; undefined where it has none. */
export function notesOf(segments: readonly SaidSegment[]): string | undefined {
  const texts = segments.filter(({ id }) => id === 'NTE').flatMap((each) => valuesOf(each, 'note') ?? [])
  const lines = texts.flatMap((value) => (value.kind === 'text' ? [value.text] : []))
  return lines.length === 0 ? undefined : lines.join('\n')
}

/** When it was entered, else sent. */
export function saidAt({ recorded, sent }: Saying): Timestamp | undefined {
  return recorded ?? sent
}
