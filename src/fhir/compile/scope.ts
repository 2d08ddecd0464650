import type { Sql } from '#kernel'
import type { Constant } from '../definition/view.ts'
import type { LiteralType } from '../path/expression.ts'
import type { PathSource } from '../path/path-error.ts'
import type { Lambdas } from './lambdas.ts'
import type { Value } from './value.ts'

/** What a path is evaluated against. */
export interface Scope {
  /** `$this`, and what a path without a start begins at. */
  readonly focus: Value
  readonly resource: Sql
  /** `%rowIndex`: an integer. */
  readonly rowIndex: Sql
  readonly constants: ReadonlyMap<string, Constant>
  readonly lambdas: Lambdas
}

/** A scope with the path that is being compiled, for errors, and the type that its column declares. */
export interface PathScope extends Scope {
  readonly source: PathSource
  readonly columnType: LiteralType | null
}
