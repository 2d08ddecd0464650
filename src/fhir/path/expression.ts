/** Types of literals, and of constants after they are reduced to these. */
export type LiteralType = 'string' | 'number' | 'boolean' | 'date' | 'dateTime' | 'time'

/** One FHIRPath expression; `at` is the character of the path where it starts, from 0. */
export type Expression = { readonly at: number } & (
  | { readonly kind: 'literal'; readonly type: LiteralType; readonly text: string }
  | { readonly kind: 'empty' }
  | { readonly kind: 'this' }
  | { readonly kind: 'variable'; readonly name: string }
  | { readonly kind: 'member'; readonly of: Expression | null; readonly name: string }
  | {
      readonly kind: 'call'
      readonly of: Expression | null
      readonly name: string
      readonly args: readonly Expression[]
    }
  | { readonly kind: 'index'; readonly of: Expression; readonly index: Expression }
  | { readonly kind: 'negative'; readonly of: Expression }
  | {
      readonly kind: 'binary'
      readonly operator: BinaryOperator
      readonly left: Expression
      readonly right: Expression
    }
)

/** Operators by how strongly they bind: FHIRPath 2.0, "Operator Precedence". Any other is refused. */
export const bindingPowers = {
  '*': 9,
  '/': 9,
  '+': 8,
  '-': 8,
  '>': 5,
  '<': 5,
  '>=': 5,
  '<=': 5,
  '=': 4,
  '!=': 4,
  and: 2,
  or: 1,
  xor: 1,
} as const

export type BinaryOperator = keyof typeof bindingPowers
