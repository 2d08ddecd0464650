import { sql } from '#kernel'
import type { Path } from '../definition/view.ts'
import type { Expression, LiteralType } from '../path/expression.ts'
import { pathError } from '../path/path-error.ts'
import { children, ofResourceType } from './children.ts'
import { callFunction } from './functions.ts'
import { applyOperator } from './operators.ts'
import type { PathScope, Scope } from './scope.ts'
import { item, items, noItems, numberType, scalar, toItems, toNumber, type Value } from './value.ts'

/**
 * A path as SQL, in the scope that it stands in. `columnType`: what its column declares, for the functions that need a type
 * where neither path nor resource says one. Errors: FDP_FHIR_PATH with the character.
 */
export function compilePath(path: Path, scope: Scope, columnType: LiteralType | null = null): Value {
  return compileExpression(path.expression, { ...scope, source: path.source, columnType })
}

/** One expression; functions that have criteria call it for them, with another focus. */
export function compileExpression(expression: Expression, scope: PathScope): Value {
  const { lambdas } = scope
  switch (expression.kind) {
    case 'empty':
      return items(noItems)
    case 'this':
      return scope.focus
    case 'literal':
      return literalValue(expression.type, expression.text)
    case 'variable':
      return variable(expression.name, expression.at, scope)
    case 'member':
      return member(expression, scope)
    case 'call':
      return callFunction(expression, scope, compileExpression)
    case 'index':
      return itemAt(compileExpression(expression.of, scope), compileExpression(expression.index, scope), scope)
    case 'negative':
      return scalar('number', sql`(-${toNumber(compileExpression(expression.of, scope), lambdas)})`)
    case 'binary': {
      const left = compileExpression(expression.left, scope)
      return applyOperator(expression.operator, left, compileExpression(expression.right, scope), lambdas)
    }
  }
}

function literalValue(type: LiteralType, text: string): Value {
  if (type === 'boolean') return scalar(type, text === 'true' ? sql`true` : sql`false`)
  if (type === 'number') return { ...scalar(type, sql`CAST(${text} AS ${numberType})`), digits: text }
  return scalar(type, sql`CAST(${text} AS VARCHAR)`)
}

function variable(name: string, at: number, scope: PathScope): Value {
  if (name === 'resource') return item(scope.resource)
  if (name === 'rowIndex') return scalar('number', sql`CAST(${scope.rowIndex} AS ${numberType})`)
  const constant = scope.constants.get(name)
  if (constant) return literalValue(constant.type, constant.text)
  const known = ['resource', 'rowIndex', ...scope.constants.keys()].map((each) => `%${each}`).join(', ')
  throw pathError(scope.source, at, `there is no constant \`%${name}\``, `choose from: ${known}`)
}

function member(expression: Extract<Expression, { kind: 'member' }>, scope: PathScope): Value {
  const { of, name } = expression
  if (of !== null) return children(compileExpression(of, scope), name, scope.lambdas)
  // Elements begin with a small letter: a path that begins with a capital names the type that it is about
  if (/^[A-Z]/.test(name)) return items(ofResourceType(toItems(scope.focus, scope.lambdas), name, scope.lambdas))
  return children(scope.focus, name, scope.lambdas)
}

/** From 0; empty where there is none. */
function itemAt(of: Value, index: Value, { lambdas }: PathScope): Value {
  if (index.form === 'scalar' && /^\d{1,6}$/.test(index.digits ?? ''))
    return item(sql`list_extract(${toItems(of, lambdas)}, ${Number(index.digits) + 1}::INTEGER)`, of.type)
  const at = sql`CAST(${toNumber(index, lambdas)} AS INTEGER)`
  const found = lambdas.let(
    at,
    (i) => sql`CASE WHEN ${i} >= 0 THEN list_extract(${toItems(of, lambdas)}, ${i} + 1) END`,
  )
  return item(found, of.type)
}
