import type { ObjectType } from '#contracts'
import type { RowScope } from '#governance'
import { type EntryIndex, isFdpError, type JsonObject, rawSql, type Sql, sql } from '#kernel'
import type { GateDeps } from './deps.ts'

/** A grant for one patient or one record names the ledger entry that was opened for them, never them. */
export type OneOnly = RowScope & { readonly only?: { readonly entry: number } }

const keyPattern = /^[0-9]{1,19}$/

/**
 * The predicate for a grant that reaches one patient or one record; null where it reaches more. Whom it is about is in
 * the erasable part of the entry: `{person}`, or `{object, key}`, keys as decimal text. Erased, unreadable or about
 * another type: no row.
 */
export async function onlySql(deps: Pick<GateDeps, 'ledger'>, type: ObjectType, rows: OneOnly): Promise<Sql | null> {
  if (!rows.only) return null
  const { person, object, key } = await detailOf(deps, rows.only.entry)
  if (type.personLevel && isKey(person)) return sql`lake."_person" = ${BigInt(person)}`
  if (object === type.name && isKey(key)) return sql`lake."_key" = ${BigInt(key)}`
  return rawSql('FALSE')
}

/** Whether it is still known whom a grant for one patient or one record is for. */
export async function isOneKnown(deps: Pick<GateDeps, 'ledger'>, { only }: OneOnly): Promise<boolean> {
  if (!only) return true
  const { person, key } = await detailOf(deps, only.entry)
  return isKey(person) || isKey(key)
}

async function detailOf({ ledger }: Pick<GateDeps, 'ledger'>, entry: number): Promise<JsonObject> {
  try {
    const found = await ledger.detail(entry as EntryIndex)
    return found.state === 'present' ? found.detail : {}
  } catch (error) {
    if (isFdpError(error)) return {}
    throw error
  }
}

function isKey(value: unknown): value is string {
  return typeof value === 'string' && keyPattern.test(value)
}
