/**
 * What was done to a value between the field that it stood in and the property that it became; nothing in the list: it
 * is as it came. `constant` and `mark`: a text of the mapping, for every row or by a sign in a cell. `spread`: each of
 * several fields gives a row of its own. `expression`: more than the name of a field.
 */
export type OriginStep =
  | 'constant'
  | 'translate'
  | 'date'
  | 'number'
  | 'blank'
  | 'join'
  | 'key'
  | 'spread'
  | 'mark'
  | 'expression'

export interface Origin {
  /** Fields of the source, by the names that the mapping calls them. */
  readonly from: readonly string[]
  readonly steps: readonly OriginStep[]
}

/**
 * What a mapping makes the properties of an object type from: names and kinds of steps, and nothing else that a mapping
 * says, since a literal of it may be a value.
 */
export interface ColumnOrigins {
  readonly properties: Readonly<Record<string, Origin>>
  /** Fields that decide which rows there are. */
  readonly rows: readonly string[]
}

/** Several ways to the same property as one: everything that it may come from, and everything that may be done to it. */
export function joinedOrigin(ways: readonly Origin[]): Origin {
  return {
    from: [...new Set(ways.flatMap(({ from }) => from))],
    steps: [...new Set(ways.flatMap(({ steps }) => steps))],
  }
}
