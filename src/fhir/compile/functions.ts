import { sql } from '#kernel'
import { isPrimitiveType, primitiveTypes } from '../definition/primitive-types.ts'
import type { Expression } from '../path/expression.ts'
import { pathError, subsetHelp } from '../path/path-error.ts'
import { boundary } from './boundary.ts'
import { children, ofPrimitiveType, ofResourceType } from './children.ts'
import { unmarked } from './json-digits.ts'
import { referenceKey, resourceKey } from './keys.ts'
import type { PathScope } from './scope.ts'
import { item, items, markedText, scalar, toCondition, toItems, toText, type Value } from './value.ts'

type Call = Extract<Expression, { kind: 'call' }>
type Member = Extract<Expression, { kind: 'member' }>
export type Compile = (expression: Expression, scope: PathScope) => Value

interface FunctionSpec {
  /** Fewest and most arguments. */
  readonly args: readonly [number, number]
  apply(of: Value, call: Call, scope: PathScope, compile: Compile): Value
}

/** The functions of the SQL on FHIR v2 subset and its experimental ones, by name. */
const functions: Readonly<Record<string, FunctionSpec>> = {
  where: { args: [1, 1], apply: where },
  exists: {
    args: [0, 1],
    apply: (of, call, scope, compile) => exists(call.args.length === 0 ? of : where(of, call, scope, compile)),
  },
  empty: { args: [0, 0], apply: (of) => scalar('boolean', sql`(NOT ${exists(of).sql})`) },
  first: { args: [0, 0], apply: first },
  not: { args: [0, 0], apply: (of, _, { lambdas }) => scalar('boolean', sql`(NOT ${toCondition(of, lambdas)})`) },
  join: { args: [0, 1], apply: join },
  ofType: { args: [1, 1], apply: ofType },
  extension: { args: [1, 1], apply: extension },
  lowBoundary: { args: [0, 0], apply: (of, _, scope) => boundary('low', of, scope) },
  highBoundary: { args: [0, 0], apply: (of, _, scope) => boundary('high', of, scope) },
  getResourceKey: { args: [0, 0], apply: (of, _, { lambdas }) => resourceKey(of, lambdas) },
  getReferenceKey: {
    args: [0, 1],
    apply: (of, call, scope) => referenceKey(of, call.args[0] ? typeName(call.args[0], scope) : null, scope.lambdas),
  },
}

/** A call of one of the functions above. Errors: FDP_FHIR_PATH for a function or a number of arguments that is not known. */
export function callFunction(call: Call, scope: PathScope, compile: Compile): Value {
  const spec = Object.hasOwn(functions, call.name) ? functions[call.name] : undefined
  if (!spec) {
    const known = Object.keys(functions).join(', ')
    throw pathError(scope.source, call.at, `the function \`${call.name}\` is not known here`, `choose from: ${known}`)
  }
  const [min, max] = spec.args
  if (call.args.length < min || call.args.length > max) {
    const wanted = min === max ? `${min}` : `${min} or ${max}`
    throw pathError(scope.source, call.at, `\`${call.name}\` takes ${wanted} arguments`)
  }
  if (call.name === 'ofType' && call.of?.kind === 'member') return memberOfType(call.of, call, scope, compile)
  return spec.apply(call.of === null ? scope.focus : compile(call.of, scope), call, scope, compile)
}

function where(of: Value, call: Call, scope: PathScope, compile: Compile): Value {
  const { lambdas } = scope
  const holds = (focus: Value) => {
    const criteria = compile(call.args[0] as Expression, { ...scope, focus })
    return sql`coalesce(${toCondition(criteria, lambdas)}, false)`
  }
  if (of.form === 'items')
    return items(
      lambdas.filter(of.sql, (it) => holds(item(it, of.type))),
      of.type,
    )
  const kept = lambdas.let(of.sql, (it) => sql`CASE WHEN ${holds({ ...of, sql: it })} THEN ${it} END`)
  return { ...of, sql: kept }
}

function exists(of: Value) {
  return scalar('boolean', of.form === 'items' ? sql`(len(${of.sql}) > 0)` : sql`(${of.sql} IS NOT NULL)`)
}

function first(of: Value): Value {
  return of.form === 'items' ? item(sql`list_extract(${of.sql}, 1)`, of.type) : of
}

function join(of: Value, call: Call, scope: PathScope, compile: Compile): Value {
  const { lambdas } = scope
  const separator = call.args[0] ? toText(compile(call.args[0], scope), lambdas) : sql`''`
  const texts = lambdas.map(toItems(of, lambdas), (it) => unmarked(markedText(it, lambdas)))
  return scalar('string', sql`array_to_string(${texts}, ${separator})`)
}

function ofType(of: Value, call: Call, scope: PathScope): Value {
  const { lambdas } = scope
  const name = typeName(call.args[0] as Expression, scope)
  const all = toItems(of, lambdas)
  if (!isPrimitiveType(name)) return items(ofResourceType(all, name, lambdas))
  return items(ofPrimitiveType(all, name, lambdas), primitiveTypes[name])
}

/** `value.ofType(Quantity)` is the member `valueQuantity`; of members called `value`, those of the type. */
function memberOfType(member: Member, call: Call, scope: PathScope, compile: Compile): Value {
  const { lambdas } = scope
  const type = typeName(call.args[0] as Expression, scope)
  const owner = member.of === null ? scope.focus : compile(member.of, scope)
  const found = lambdas.let(owner.sql, (it) => {
    const choice = children({ ...owner, sql: it }, member.name + type.charAt(0).toUpperCase() + type.slice(1), lambdas)
    const fitting = ofType(children({ ...owner, sql: it }, member.name, lambdas), call, scope)
    return sql`list_concat(${choice.sql}, ${fitting.sql})`
  })
  return items(found, isPrimitiveType(type) ? primitiveTypes[type] : null)
}

function extension(of: Value, call: Call, scope: PathScope, compile: Compile): Value {
  const { lambdas } = scope
  const url = toText(compile(call.args[0] as Expression, scope), lambdas)
  const all = children(of, 'extension', lambdas)
  return items(lambdas.filter(all.sql, (it) => sql`coalesce(json_extract_string(${it}, '$.url') = ${url}, false)`))
}

/** The name of a type, with or without `FHIR.` or `System.` before it. */
function typeName(expression: Expression, { source }: PathScope): string {
  if (expression.kind === 'member') {
    const { of, name } = expression
    const space = of?.kind === 'member' && of.of === null ? of.name : null
    if (of === null || space === 'FHIR') return name
    if (space === 'System') return name.charAt(0).toLowerCase() + name.slice(1)
  }
  throw pathError(source, expression.at, 'this is no name of a type', subsetHelp)
}
