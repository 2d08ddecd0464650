import type { PlannedEdit, SeenRow, SeenRows } from '#gate'
import { dateOf, type Instant, type SubjectId } from '#kernel'
import type { ActionDeclaration, Criterion, EditRule, ValueSource } from './declaration.ts'
import type { CheckedParameters } from './parameters.ts'

/** Who acts, and when. */
export interface Acting {
  readonly subject: SubjectId
  readonly at: Instant
}

/** How one request stands: what is wrong with it, parameter by parameter and criterion by criterion. */
export interface Standing {
  /** Parameters that are missing, have a value that they may not have, or name an object that is not there. */
  readonly invalid: ReadonlySet<string>
  /** Object parameters whose object is not there, for whoever acts. */
  readonly absent: ReadonlySet<string>
  /** Criteria that do not hold, by their place in the declaration. */
  readonly failed: ReadonlySet<number>
}

export function isGood({ invalid, failed }: Standing): boolean {
  return invalid.size === 0 && failed.size === 0
}

/** Holds a request against the objects that it names. Pure. */
export function standingOf(
  declaration: ActionDeclaration,
  { texts, invalid }: CheckedParameters,
  rows: SeenRows,
  acting: Acting,
): Standing {
  const absent = new Set<string>()
  for (const [name, parameter] of Object.entries(declaration.parameters)) {
    const key = texts[name]
    if (parameter.kind === 'object' && typeof key === 'string' && !rows[name]?.has(key)) absent.add(name)
  }
  const value = valuesOf(texts, rows, acting)
  // A criterion about an object that is not there holds for nobody.
  const failed = declaration.criteria.flatMap((criterion, i) =>
    sourcesOf(criterion).some(
      (source) => source.from === 'property' && rowOf(texts, rows, source.parameter) === null,
    ) || !holds(criterion, value)
      ? [i]
      : [],
  )
  return { invalid: new Set([...invalid, ...absent]), absent, failed: new Set(failed) }
}

/** The edits that a good request asks for. Pure but for `mint`. */
export function planAction(
  declaration: ActionDeclaration,
  { texts }: CheckedParameters,
  rows: SeenRows,
  acting: Acting,
  mint: () => string,
): readonly PlannedEdit[] {
  const value = valuesOf(texts, rows, acting)
  const given = (set: Readonly<Record<string, ValueSource>>) =>
    Object.fromEntries(
      Object.entries(set)
        // What was not asked for stays as it is.
        .filter(([, source]) => source.from !== 'parameter' || texts[source.parameter] !== null)
        .map(([name, source]) => [name, value(source)]),
    )
  return declaration.edits.flatMap((rule): PlannedEdit[] => {
    const parameter = rule.kind === 'create' ? rule.belongsTo : rule.of
    const key = texts[parameter]
    // An object that may be left out, and was.
    if (key === null || key === undefined) return []
    if (rule.kind === 'delete') return [{ kind: 'delete', read: parameter, key }]
    if (rule.kind === 'modify') return [{ kind: 'modify', read: parameter, key, set: given(rule.set) }]
    const of = { read: parameter, key }
    return [{ kind: 'create', object: rule.object, of, set: given(rule.set), ...idOf(rule, value, mint) }]
  })
}

function idOf(
  rule: Extract<EditRule, { kind: 'create' }>,
  value: (source: ValueSource) => string | null,
  mint: () => string,
) {
  if (rule.key === 'new') return { id: mint(), minted: true }
  const id = value(rule.key)
  return id === null ? { id: mint(), minted: true } : { id, minted: false }
}

function valuesOf(texts: CheckedParameters['texts'], rows: SeenRows, { subject, at }: Acting) {
  return (source: ValueSource): string | null => {
    switch (source.from) {
      case 'parameter':
        return texts[source.parameter] ?? null
      case 'property':
        return rowOf(texts, rows, source.parameter)?.[source.property] ?? null
      case 'constant':
        return source.value
      case 'now':
        return at
      case 'today':
        return dateOf(at)
      case 'subject':
        return subject
    }
  }
}

function rowOf(texts: CheckedParameters['texts'], rows: SeenRows, parameter: string): SeenRow | null {
  return rows[parameter]?.get(texts[parameter] ?? '') ?? null
}

function sourcesOf({ of, test }: Criterion): readonly ValueSource[] {
  return 'value' in test ? [of, test.value] : [of]
}

/** Dates and moments compare as their texts do. Nothing is before or after what is not there. */
function holds({ of, test }: Criterion, value: (source: ValueSource) => string | null): boolean {
  const found = value(of)
  switch (test.kind) {
    case 'is':
      return found === value(test.value)
    case 'isNot':
      return found !== value(test.value)
    case 'isOneOf':
      return found !== null && test.values.includes(found)
    case 'isNull':
      return (found === null) === test.isNull
    case 'before':
    case 'after': {
      const other = value(test.value)
      if (found === null || other === null) return false
      return test.kind === 'before' ? found < other : found > other
    }
  }
}
