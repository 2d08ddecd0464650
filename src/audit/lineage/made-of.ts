import type { Origin, OriginStep } from '#contracts'
import type { JsonObject } from '#kernel'

/** What an entry says that a mapping made of which fields. */
export interface Made {
  /** Of the mapping's document; null: it is code, or a map of messages. */
  readonly sha256: string | null
  readonly properties: Readonly<Record<string, Origin>>
  /** Fields that decide which rows there are. */
  readonly rows: readonly string[]
}

/** Null where nothing is on record: no mapping, one that says too much for an entry, an earlier release. */
export function madeOf(made: unknown): Made | null {
  const { sha256 = null, properties, rows = [] } = (made ?? {}) as JsonObject & Partial<Made>
  return properties === undefined ? null : { sha256, properties, rows }
}

const words: Readonly<Record<OriginStep, string>> = {
  constant: 'a text of the mapping',
  translate: 'translated by a table',
  date: 'read as a date',
  number: 'read as a number',
  blank: 'empty where a text says so',
  join: 'joined to one text',
  key: 'part of a key',
  spread: 'a row for each field',
  mark: 'what a mark in it means',
  expression: 'worked out',
}

/** `read as a date`; null: as it came. */
export function stepsInWords(steps: readonly OriginStep[]): string | null {
  return steps.length === 0 ? null : steps.map((step) => words[step] ?? step).join(', ')
}
