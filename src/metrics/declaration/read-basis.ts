import { objectTypes } from '#contracts'
import { checkTemplate, type DerivedColumn } from '../template.ts'
import type { Declaration } from './declaration.ts'
import type { Basis } from './metric-definition.ts'
import { readMap } from './read-values.ts'

export interface MetricFiles {
  /** Text of a file beside the declaration, or null. */
  readonly sibling: (file: string) => string | null
  readonly derived: Readonly<Record<string, DerivedColumn>>
  /** Names of the product's reference tables. */
  readonly references: readonly string[]
}

/** A basis and its SQL file, checked against each other. */
export function readBasis(item: Declaration, files: MetricFiles): Basis {
  const title = item.required('title').text()
  const sqlAt = item.required('sql')
  const sqlFile = sqlAt.text()
  const sql = files.sibling(sqlFile)
  if (sql === null)
    throw sqlAt.refuse(`there is no file \`${sqlFile}\` beside this one`, 'write it, or correct the name')
  const relations = readMap(item.required('relations'), readRelation)
  const references = (item.optional('references')?.entries() ?? []).map(([name, at]) => {
    const table = at.text()
    if (!files.references.includes(table)) throw at.unknown('reference table', table, files.references)
    return [name, table] as const
  })
  item.end()
  const known = [...Object.keys(relations), ...references.map(([name]) => name)]
  checkTemplate(sqlAt.file.replace(/[^/]*$/, sqlFile), sql, {
    relations: known,
    parameters: ['period', 'last_day'],
    derived: files.derived,
  })
  return { title, sqlFile, sql, relations, references: Object.fromEntries(references) }
}

/** Object type and columns must be in the contracts. */
function readRelation(relation: Declaration): Basis['relations'][string] {
  const at = relation.required('object')
  const object = at.text()
  const type = objectTypes().find((candidate) => candidate.name === object)
  if (!type)
    throw at.unknown(
      'object type',
      object,
      objectTypes().map(({ name }) => name),
    )
  const properties = type.properties.map(({ name }) => name)
  const columns = relation
    .required('columns')
    .items()
    .map((column) => column.choice(properties))
  relation.end()
  return { object, columns }
}
