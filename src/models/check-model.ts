import { objectType, type Property } from '#contracts'
import type { Engine } from '#ports'
import { isOptOutList } from '#privacy'
import { classes, type Model, type ModelClass } from './declaration.ts'
import { modelErrors } from './errors.ts'
import { type ColumnOrigin, type Lineage, lineageOf } from './lineage.ts'
import { parseTree } from './tree.ts'

/** A model whose query was understood whole and makes what is declared. */
export interface CheckedModel {
  readonly model: Model
  readonly lineage: Lineage
}

/**
 * Holds the query against the declaration: the same columns, keys passed on as declared, no class milder than that of
 * what a column is made from or that decides its rows. Types have to be registered. FDP_MODEL_SQL, FDP_MODEL_CLASS.
 */
export async function checkModel(engine: Engine, model: Model): Promise<CheckedModel> {
  const parsed = await parseTree(engine, model.object, model.sql)
  const lineage = lineageOf(parsed)
  const refuse = (what: string, help: string) => parsed.refuse(null, what, help)
  const list = lineage.inputs.find(isOptOutList)
  if (list)
    throw refuse(
      `\`${list}\` is a list of people who said no`,
      'the gate leaves them out where the rule says so; no model reads it',
    )
  if (!lineage.people)
    throw refuse(
      'its rows are about nobody',
      'a model makes rows about people; lists come in by mappings, figures by metrics',
    )
  const names = [...lineage.columns.keys()].filter((name) => name !== 'person')
  const missing = model.type.properties.find(({ name }) => !names.includes(name))
  const more = names.find((name) => !model.type.properties.some((each) => each.name === name))
  if (missing)
    throw refuse(
      `the declared column \`${missing.name}\` is not selected`,
      'select it by this very name, or leave it out',
    )
  if (more) throw refuse(`the column \`${more}\` is not declared`, 'declare it, or leave it out')
  for (const property of model.type.properties) checkColumn(model, property, lineage, refuse)
  return { model, lineage }
}

function checkColumn(
  { object }: Model,
  property: Property,
  lineage: Lineage,
  refuse: (what: string, help: string) => Error,
): void {
  const { name, references, sensitivity } = property
  const origin = lineage.columns.get(name) as ColumnOrigin
  const wanted = references?.object ?? null
  if (origin.key !== wanted) {
    const is = origin.key === null ? 'a value' : `the key of a record of ${origin.key}`
    throw refuse(
      `the column \`${name}\` is ${is}`,
      wanted === null ? `declare it so: \`{ key: ${origin.key} }\`` : 'pass the key of that type on as it is',
    )
  }
  if (wanted !== null) return
  for (const source of [...origin.from, ...origin.by, ...lineage.rows]) {
    const strictest = classOf(source)
    if (rank(strictest) > rank(sensitivity))
      throw modelErrors('FDP_MODEL_CLASS', {
        model: object,
        column: name,
        declared: sensitivity,
        strictest,
        because: source,
      })
  }
}

/** The class of an input's column. That there is a record about a person, or how many, is clinical: so are keys and `person`. */
function classOf(source: string): ModelClass {
  const [object = '', name] = source.split('.')
  const type = objectType(object)
  const found = type.properties.find((each) => each.name === name)?.sensitivity
  const known = classes.find((each) => each === found)
  return known ?? (type.personLevel ? 'clinical' : 'operational')
}

function rank(sensitivity: string): number {
  return classes.indexOf(sensitivity as ModelClass)
}
