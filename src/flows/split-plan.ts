import { bareNhsNumberSql, type ObjectType, type Property, personProperty, sqlType } from '#contracts'
import { type DateOnly, ident, type OdsCode, type Sql, sql } from '#kernel'
import type { VaultColumn } from '#ports'
import { coarseSql, keySpace, placement, type RecordKeySecrets, recordKey } from '#privacy'

/** One column of what is published, and how the engine makes it from the typed table. */
export interface SplitColumn {
  readonly name: string
  readonly expression: Sql
}

export type VaultSplitColumn = SplitColumn & VaultColumn

/**
 * Which column goes where: identity apart from care. The lake gets `_key`, `_person`, `_controller` and one column a
 * property that #privacy places there (a local key, a coarser value, or the value); the vault gets `_key` and the exact
 * text of every property that #privacy places there and the file has. The lake has all of them, null where the file has
 * none, so that all controllers' files of an object type have the same columns; the vault gives null by itself.
 */
export interface SplitPlan {
  readonly lake: readonly SplitColumn[]
  readonly vault: readonly VaultSplitColumn[]
}

export function splitPlan(input: {
  type: ObjectType
  /** Names of the properties that the file has. */
  present: ReadonlySet<string>
  asAt: DateOnly
  controller: OdsCode
  secrets: RecordKeySecrets
}): SplitPlan {
  const { type, present } = input
  const patient = type.personLevel ? personProperty(type)?.name : undefined
  const lake: SplitColumn[] = [
    { name: '_key', expression: sql`_key` },
    { name: '_person', expression: sql`_person` },
    { name: '_controller', expression: sql`${input.controller}::VARCHAR` },
  ]
  const vault: VaultSplitColumn[] = [{ name: '_key', expression: sql`_key`, type: 'int64' }]
  for (const property of type.properties) {
    const { name } = property
    const place = placement(type, property)
    const empty = !present.has(name)
    if (place.vault && !empty) vault.push({ name, expression: vaultText(property), type: 'text' })
    if (place.lake === 'key') {
      const key = () => recordKey(keySpace(type, property, input.controller), ident(name), input.secrets)
      const known = name === type.primaryKey ? sql`_key` : name === patient ? sql`_patient` : null
      const expression = known ?? (empty ? sql`NULL::BIGINT` : key())
      lake.push({ name, expression })
    } else if (place.lake === 'clear') {
      lake.push({ name, expression: ident(name) })
    } else if (place.lake !== 'none') {
      lake.push({ name, expression: coarseSql(place.lake.coarse, ident(name), input.asAt) })
    }
  }
  return { lake, vault: vault.length === 1 ? [] : vault }
}

/** The exact value as text: dates and moments in ISO 8601, lists as JSON, an NHS number as its ten digits. */
function vaultText(property: Property): Sql {
  const value = ident(property.name)
  if (property.type === 'texts') return sql`to_json(${value})::VARCHAR`
  if (property.type === 'timestamp') return sql`strftime(${value}, '%Y-%m-%dT%H:%M:%S.%gZ')`
  if (property.type === 'text' && /nhsNumber$/i.test(property.name)) return bareNhsNumberSql(value)
  return sql`${value}::${sqlType('text')}`
}
