import { type Static, Type } from '@sinclair/typebox'
import { type ObjectType, objectTypes, type Property, type PropertyType, type Sensitivity } from '#contracts'
import { asDeclared, readYaml } from '#declared'
import { sha256Hex } from '#kernel'
import { placement } from '#privacy'
import { modelErrors } from './errors.ts'

/** One model: the object type that it makes, the query that makes it, and its tests. */
export interface Model {
  /** The object type, and the model's own name. */
  readonly object: string
  readonly title: string
  /** Who answers for it, in words. */
  readonly owner: string
  readonly type: ObjectType
  readonly sql: string
  /** What a reviewer reads: the declaration as it stands in its file. */
  readonly yaml: string
  readonly tests: readonly ModelTest[]
  /** Of declaration and SQL as they stand. A model with another hash is another model, to be approved anew. */
  readonly sha256: string
}

export type TestCell = string | number | boolean | null
export type TestRow = Readonly<Record<string, TestCell>>

/** Rows by input, and the rows that come of them. Keys and persons are any texts; what is left out is null. */
export interface ModelTest {
  readonly name: string
  readonly given: Readonly<Record<string, readonly TestRow[]>>
  readonly expected: readonly TestRow[]
}

/** Classes that a column of a model may have, mildest first. The others are never in sight of a model. */
export const classes = ['operational', 'clinical', 'quasi'] as const satisfies readonly Sensitivity[]
export type ModelClass = (typeof classes)[number]

const types = ['text', 'integer', 'long', 'decimal', 'double', 'boolean', 'date', 'timestamp'] as const
const closed = { additionalProperties: false }
const Text = Type.String({ minLength: 1, maxLength: 2_000 })
const Name = Type.String({ pattern: '^[a-z][A-Za-z0-9]{0,59}$' })
const Cell = Type.Union([Type.String({ maxLength: 500 }), Type.Number(), Type.Boolean(), Type.Null()])
const Rows = Type.Array(Type.Record(Type.String(), Cell), { maxItems: 200 })

/** The key of a record, or a value with its type and class. */
const Column = Type.Object(
  {
    key: Type.Optional(Text),
    type: Type.Optional(Type.Union(types.map((each) => Type.Literal(each)))),
    class: Type.Optional(Type.Union(classes.map((each) => Type.Literal(each)))),
    nullable: Type.Optional(Type.Boolean()),
    values: Type.Optional(Type.Array(Text, { minItems: 1, maxItems: 200 })),
    means: Type.Optional(Text),
  },
  closed,
)
const Document = Type.Object(
  {
    format: Type.Literal('openfdp/model'),
    version: Type.Literal(1),
    model: Type.Object(
      {
        object: Type.String({ pattern: '^[A-Z][A-Za-z0-9]{0,59}$' }),
        title: Text,
        owner: Text,
        primaryKey: Name,
        columns: Type.Record(Name, Column, { ...closed, minProperties: 1 }),
        links: Type.Record(Name, Type.Object({ object: Text, by: Name }, closed), { ...closed, default: {} }),
        tests: Type.Array(
          Type.Object({ name: Text, given: Type.Record(Type.String(), Rows), expected: Rows }, closed),
          { minItems: 1, maxItems: 100 },
        ),
      },
      closed,
    ),
  },
  closed,
)
type Declared = Static<typeof Document>['model']

/** Of each file: both are kept whole in one ledger entry. */
const charactersMax = 20_000

/**
 * A model from its two files. `name` is that of the files, for errors. Its type is whole, and known to nobody before it
 * is registered. FDP_MODEL_DECLARATION.
 */
export function parseModel(name: string, yaml: string, sql: string): Model {
  const wrong = (where: string, what: string) => modelErrors('FDP_MODEL_DECLARATION', { model: name, where, what })
  if (yaml.length > charactersMax || sql.length > charactersMax)
    throw wrong('the top', `a file has more than ${charactersMax} characters`)
  const { model } = asDeclared(Document, readYaml(yaml, wrong), wrong)
  const type = typeOf(model, wrong)
  const { object, title, owner, tests } = model
  for (const property of type.properties) {
    const { lake, vault } = placement(type, property)
    if ((lake !== 'clear' && lake !== 'key') || vault)
      throw wrong(
        `columns.${property.name}`,
        'a column of this name, type and class is kept apart or made coarser: give it another name, or a coarser type',
      )
  }
  return { object, title, owner, type, sql, yaml, tests: tests as ModelTest[], sha256: sha256Hex(`${yaml}\0${sql}`) }
}

type Wrong = (where: string, what: string) => Error

function typeOf(model: Declared, wrong: Wrong): ObjectType {
  const { object, primaryKey, columns } = model
  const primary = columns[primaryKey]
  if (!primary) throw wrong('primaryKey', 'none of the columns')
  if (reservedObjects.includes(object.toLowerCase())) throw wrong('object', 'a name that building needs itself')
  if (primary.nullable) throw wrong(`columns.${primaryKey}`, 'the primary key is never null')
  if (primary.key === undefined)
    throw wrong(
      `columns.${primaryKey}`,
      'the primary key is the key of a record, `{ key: <object type> }`: figures about many people are what metrics are for',
    )
  const properties = Object.entries(columns).map(([name, column]): Property => {
    if (reserved.includes(name))
      throw wrong(`columns.${name}`, `\`${name}\` is what every input has; call it otherwise`)
    const isPrimary = name === primaryKey
    const property = {
      ...{ name, column: snake(name), nullable: column.nullable ?? false, source: 'own' as const },
      ...{ severity: 'FAIL' as const, values: column.values ?? null },
    }
    const { key, type, class: sensitivity } = column
    if (key === undefined) {
      if (!type || !sensitivity)
        throw wrong(`columns.${name}`, 'a value has a `type` and a `class`, a key of a record `key`')
      return { ...property, type: type as PropertyType, sensitivity, role: null }
    }
    if (type || sensitivity || column.values)
      throw wrong(`columns.${name}`, 'a key has neither type nor class nor values')
    const target = objectTypes().find((each) => each.name === key)
    if (!target?.personLevel) throw wrong(`columns.${name}.key`, 'not an object type about people')
    if (target.origin === 'derived')
      throw wrong(`columns.${name}.key`, 'name the type of the record, not a derived one')
    const references = { object: target.name, property: target.primaryKey }
    const role = isPrimary ? ('primary-key' as const) : ('foreign-key' as const)
    return { ...property, type: 'text', sensitivity: 'direct', role, references }
  })
  if (!properties.some(({ references }) => references?.object === 'Patient'))
    throw wrong(
      'columns',
      'there is no column `{ key: Patient }`: everything that is done to people finds its rows by it',
    )
  return {
    ...{
      name: object,
      apiName: object,
      table: snake(object),
      primaryKey,
      personLevel: true,
      origin: 'derived',
      snapshot: 'all',
    },
    ...{ properties, links: linksOf(model, wrong), rules: [] },
  }
}

/** Columns that every input has besides its own: whom a row is about, and the day that its version speaks of. */
export const reserved: readonly string[] = ['person', 'asAt']

/** Tables beside the inputs while a model is built, compared and tested. */
const reservedObjects: readonly string[] = ['made', 'typed', 'published', 'given', 'said_no']

function linksOf({ links, columns }: Declared, wrong: Wrong): ObjectType['links'] {
  return Object.entries(links).map(([name, { object, by }]) => {
    const target = objectTypes().find((each) => each.name === object)
    const column = columns[by]
    if (!target) throw wrong(`links.${name}.object`, 'not an object type')
    if (column?.key !== object) throw wrong(`links.${name}.by`, `not a column \`{ key: ${object} }\``)
    return { name, object, cardinality: 'one', join: { from: by, to: target.primaryKey } }
  })
}

function snake(name: string): string {
  return name.replace(/[A-Z]/g, (letter, at: number) => `${at === 0 ? '' : '_'}${letter.toLowerCase()}`)
}
