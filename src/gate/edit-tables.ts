import { type ObjectType, type Property, sqlType } from '#contracts'
import { type DateOnly, ident, type OdsCode, rawSql, type Sql, sha256Hex, sql } from '#kernel'
import type { Engine, Keys } from '#ports'
import {
  coarseText,
  keySpace,
  placement,
  type RecordKeySecrets,
  recordKeyOf,
  recordKeySecrets,
  type StoredRule,
} from '#privacy'
import type { Overlay, Patch } from './edit-overlay.ts'

/** The edits of one relation as tables of the engine that it is read in. */
export interface EditsPlan {
  readonly table: string
  /** Lake columns that any of them changes, each with what it becomes where its row's flag is set. */
  readonly columns: ReadonlyMap<string, Sql>
  /** The same for the vault's columns; null outside the room where identity may be. */
  readonly vaultTable: string | null
  readonly vaultColumns: ReadonlySet<string>
  readonly created: boolean
}

interface Made {
  readonly id: string
  readonly table: string
  readonly ready: Promise<void>
}

/** Tables of one relation that are kept, for statements that were built and wait for their turn. */
const keptMax = 8

/**
 * Puts what actions edited beside the lake and the vault, placed as flows place it: keys as local keys, coarse values in
 * the lake's part and exact ones in the vault's, which only the engine of the identity room ever holds.
 */
export class EditTables {
  readonly #secrets: RecordKeySecrets
  readonly #made = new WeakMap<Engine, Map<string, Made[]>>()

  constructor(keys: Keys) {
    this.#secrets = recordKeySecrets(keys)
  }

  async plan(
    engine: Engine,
    type: ObjectType,
    overlay: Overlay,
    { identity, asAt }: { readonly identity: boolean; readonly asAt: DateOnly },
  ): Promise<EditsPlan> {
    const changed = type.properties.filter(({ name }) => overlay.patches.some(({ values }) => values.has(name)))
    const inLake = changed.filter((property) => placement(type, property).lake !== 'none')
    const inVault = identity ? changed.filter((property) => placement(type, property).vault) : []
    const table = await this.#table(engine, `lake/${type.name}/${asAt}`, overlay, () =>
      this.#lakeColumns(type, inLake, overlay, asAt),
    )
    const vaultTable =
      inVault.length === 0
        ? null
        : await this.#table(engine, `vault/${type.name}`, overlay, () => vaultColumnsOf(inVault, overlay))
    return {
      ...{ table, vaultTable, created: overlay.created },
      columns: new Map(inLake.map((property) => [property.name, storedSql(type, property)])),
      vaultColumns: new Set(inVault.map(({ name }) => name)),
    }
  }

  async #table(engine: Engine, of: string, overlay: Overlay, columns: () => TableColumns): Promise<string> {
    const tables = this.#made.get(engine) ?? new Map<string, Made[]>()
    this.#made.set(engine, tables)
    const made = tables.get(of) ?? []
    tables.set(of, made)
    const known = made.find(({ id }) => id === overlay.id)
    if (known) {
      await known.ready
      return known.table
    }
    const table = `edits_${sha256Hex(`${of} ${overlay.id}`).slice(0, 16)}`
    const fresh = { id: overlay.id, table, ready: engine.registerEphemeral(table, { columns: columns() }) }
    made.push(fresh)
    const old = made.length > keptMax ? made.shift() : undefined
    try {
      await fresh.ready
    } catch (error) {
      made.splice(made.indexOf(fresh), 1)
      throw error
    }
    if (old) await engine.execute(sql`DROP TABLE IF EXISTS ${ident(old.table)}`)
    return table
  }

  #lakeColumns(type: ObjectType, properties: readonly Property[], { patches }: Overlay, asAt: DateOnly): TableColumns {
    return [
      { name: '_key', type: 'BIGINT', values: patches.map(({ key }) => key) },
      { name: '_person', type: 'BIGINT', values: patches.map(({ person }) => person) },
      { name: '_controller', type: 'VARCHAR', values: patches.map(({ controller }) => controller) },
      { name: '_created', type: 'BOOLEAN', values: patches.map(({ created }) => created) },
      { name: '_deleted', type: 'BOOLEAN', values: patches.map(({ deleted }) => deleted) },
      ...properties.flatMap((property) => [
        flags(property, patches),
        placement(type, property).lake === 'key'
          ? { name: property.name, type: 'BIGINT', values: patches.map((patch) => this.#key(type, property, patch)) }
          : lakeTexts(type, property, patches, asAt),
      ]),
    ]
  }

  #key(type: ObjectType, property: Property, { key, controller, values }: Patch): bigint | null {
    if (property.name === type.primaryKey) return key
    const text = values.get(property.name) ?? null
    return text === null ? null : recordKeyOf(keySpace(type, property, controller as OdsCode), text, this.#secrets)
  }
}

type TableColumns = Parameters<Engine['registerEphemeral']>[1]['columns']

function vaultColumnsOf(properties: readonly Property[], { patches }: Overlay): TableColumns {
  return [
    { name: '_key', type: 'BIGINT', values: patches.map(({ key }) => key) },
    ...properties.flatMap((property) => [flags(property, patches), texts(property, patches)]),
  ]
}

const flags = ({ name }: Property, patches: readonly Patch[]) => ({
  ...{ name: flagOf(name), type: 'BOOLEAN' },
  values: patches.map(({ values }) => values.has(name)),
})

const texts = ({ name }: Property, patches: readonly Patch[]) => ({
  ...{ name, type: 'VARCHAR' },
  values: patches.map(({ values }) => values.get(name) ?? null),
})

/** What is made coarser is so before it gets to an engine that everybody's reads share. */
function lakeTexts(type: ObjectType, property: Property, patches: readonly Patch[], asAt: DateOnly) {
  const column = texts(property, patches)
  const place = placement(type, property).lake
  if (typeof place !== 'object') return column
  return { ...column, values: column.values.map((exact) => coarseText(place.coarse, exact, asAt)) }
}

/** The column that says whether a row has an edit of a property. */
export function flagOf(property: string): string {
  return `set:${property}`
}

/** What the lake holds of an edited value, from the table that has it as text. */
function storedSql(type: ObjectType, property: Property): Sql {
  const text = sql`edited.${ident(property.name)}`
  const place = placement(type, property).lake
  if (place === 'key') return text
  if (typeof place !== 'object') return valueSql(property, text)
  return sql`CAST(${text} AS ${coarseTypes[place.coarse]})`
}

const coarseTypes: Readonly<Record<StoredRule, Sql>> = {
  'birth-year': rawSql('DATE'),
  month: rawSql('DATE'),
  'age-band': rawSql('INTEGER'),
  'outward-code': rawSql('VARCHAR'),
}

/** The value of an exact text. */
export function valueSql({ type }: Property, text: Sql): Sql {
  if (type === 'text') return text
  if (type === 'texts') return sql`from_json(${text}, '["VARCHAR"]')`
  if (type === 'timestamp') return sql`CAST(rtrim(replace(${text}, 'T', ' '), 'Z') AS TIMESTAMP)`
  return sql`CAST(${text} AS ${sqlType(type)})`
}

/** The exact text of a value as the lake holds it: what `valueSql` reads, and what the vault would hold. */
export function exactTextSql({ type }: Property, value: Sql): Sql {
  if (type === 'texts') return sql`to_json(${value})::VARCHAR`
  if (type === 'timestamp') return sql`strftime(${value}, ${rawSql("'%Y-%m-%dT%H:%M:%S.%gZ'")})`
  return sql`CAST(${value} AS VARCHAR)`
}
