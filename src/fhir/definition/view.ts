import type { Expression, LiteralType } from '../path/expression.ts'
import type { PathSource } from '../path/path-error.ts'
import type { PrimitiveType } from './primitive-types.ts'

/** A ViewDefinition after its form was checked. Names and types keep the words of the specification. */
export interface View {
  readonly resource: string
  readonly select: readonly Select[]
  readonly where: readonly Path[]
  readonly constants: ReadonlyMap<string, Constant>
}

export interface Select {
  readonly place: string
  readonly iteration: Iteration | null
  readonly column: readonly ViewColumn[]
  readonly select: readonly Select[]
  readonly unionAll: readonly Select[]
}

/** `forEach` and `forEachOrNull` have one path. */
export interface Iteration {
  readonly kind: 'forEach' | 'forEachOrNull' | 'repeat'
  readonly paths: readonly Path[]
}

export interface ViewColumn {
  readonly name: string
  readonly path: Path
  readonly type: PrimitiveType
  readonly collection: boolean
}

export interface Path {
  readonly source: PathSource
  readonly expression: Expression
}

export interface Constant {
  readonly type: LiteralType
  readonly text: string
}
