import { type ObjectType, objectType } from '#contracts'
import type { Level } from '#governance'
import { type EntryIndex, ident, joinSql, limits, type OdsCode, rawSql, type Sql, sql } from '#kernel'
import { placement, shown } from '#privacy'
import { type Decided, decideAll, type Granted } from './decided.ts'
import type { EditRead, EditRequest, SeenRow } from './edit.ts'
import type { ExactText } from './edit-entries.ts'
import type { EditHost } from './edit-host.ts'
import type { EditGrant } from './edit-rights.ts'
import { exactTextSql } from './edit-tables.ts'
import { type Inside, propertyOf } from './relation-plan.ts'
import { personColumn } from './rows.ts'
import type { Question } from './session.ts'

/** A row that was read, with what the gate alone knows of it. */
export interface InsideRow {
  readonly shown: SeenRow
  readonly key: bigint
  readonly person: bigint | null
  readonly controller: OdsCode
  readonly exact: Readonly<Record<string, ExactText>>
  readonly inLake: Readonly<Record<string, string | null>>
}

export interface EditedRows {
  readonly entry: EntryIndex
  readonly decided: Decided
  readonly request: EditRead
  readonly rows: ReadonlyMap<string, InsideRow>
}

/** Reads rows as any read does: decided, an entry first, completed with whose rows were looked at. */
export async function readRows<R extends string>(
  host: EditHost,
  request: EditRequest<R>,
  name: R,
  read: EditRead,
  grants: readonly EditGrant[],
): Promise<EditedRows> {
  const { object, level, keys, columns } = read
  const type = objectType(object)
  const pk = type.primaryKey
  const relations = { [name]: { object, columns: [...new Set([pk, ...columns])], level, joins: [pk] } }
  const decided = await decideAll(host.deps, host.refusals, host, relations, [level])
  const mine = grants.filter(({ write }) => write.object === object && write.kind !== 'create')
  const inside = insideOf(type, level, mine)
  const granted = decided.relations[name] as Granted
  const question: Question & { readonly person: string } = {
    about: { ...request.about, step: request.validateOnly ? 'validate' : 'edit', before: [...inside.exact] },
    detail: { keys: [...keys] },
    relations,
    person: name,
    ...(request.justification === undefined ? {} : { justification: request.justification }),
    build: (from, open) => rowsOfKeys(type, granted, inside, from[name]!, keys, (text) => open(type.name, text)),
  }
  const identifiable = level === 'identifiable'
  if (identifiable) await host.holdIdentity()
  const opened = await host.open(question, decided, type.personLevel)
  const result = await host.start(opened, question, decided, identifiable, { [name]: inside })
  const rows = new Map<string, InsideRow>()
  for await (const batch of opened.wholeBatches()) {
    for (let i = 0; i < batch.rowCount; i++) {
      const row = insideRow(
        result.columns,
        batch.columns.map((values) => values[i]),
      )
      rows.set(row.shown[pk]!, row)
    }
  }
  return { entry: opened.entry, decided, request: read, rows }
}

function insideOf(type: ObjectType, level: Level, grants: readonly EditGrant[]): Inside {
  const written = [...new Set(grants.flatMap(({ write }) => write.properties))]
  const scoped = [...new Set(grants.flatMap(({ rows }) => rows.where.map(({ property }) => property)))]
  return {
    exact: written.filter((name) => level === 'identifiable' || !placement(type, propertyOf(type, name)).vault),
    inLake: scoped,
  }
}

function rowsOfKeys(
  type: ObjectType,
  { columns, decision }: Granted,
  inside: Inside,
  from: Sql,
  keys: readonly string[],
  open: (text: string) => bigint | null,
): Sql {
  const pk = type.primaryKey
  const isToken = shown(type, propertyOf(type, pk), decision.level).kind === 'token'
  const column = isToken ? ident(`~${pk}`) : ident(pk)
  const wanted = isToken ? keys.map(open).filter((key) => key !== null) : keys
  const list = joinSql(
    wanted.map((key) => sql`${key}`),
    ', ',
  )
  const texts = columns.map((name) => {
    const property = propertyOf(type, name)
    const how = shown(type, property, decision.level).kind
    const value = how === 'clear' ? exactTextSql(property, ident(name)) : sql`CAST(${ident(name)} AS VARCHAR)`
    return sql`${value} AS ${ident(name)}`
  })
  const own = [
    ...(type.personLevel ? ['_person'] : []),
    ...['_key', '_controller'],
    ...inside.exact.map((name) => `~exact:${name}`),
    ...inside.inLake.map((name) => `~lake:${name}`),
  ]
  const selected = joinSql([...texts, ...own.map(ident)], ', ')
  const where = wanted.length === 0 ? rawSql('FALSE') : sql`${column} IN (${list})`
  return sql`SELECT ${selected} FROM ${from} WHERE ${where} LIMIT ${limits.actionBatchMax * 2}`
}

function insideRow(columns: readonly { readonly name: string }[], values: readonly unknown[]): InsideRow {
  const of = Object.fromEntries(columns.map(({ name }, i) => [name, values[i] ?? null])) as Record<string, unknown>
  const under = (prefix: string) =>
    Object.fromEntries(
      Object.entries(of)
        .filter(([name]) => name.startsWith(prefix))
        .map(([name, value]) => [name.slice(prefix.length), value as ExactText]),
    )
  const own = ([name]: [string, unknown]) => !name.startsWith('~') && !name.startsWith('_')
  return {
    shown: Object.fromEntries(Object.entries(of).filter(own)) as SeenRow,
    key: BigInt(of._key as bigint),
    person: of[personColumn] === null || of[personColumn] === undefined ? null : BigInt(of[personColumn] as bigint),
    controller: of._controller as OdsCode,
    exact: under('~exact:'),
    inLake: under('~lake:'),
  }
}

export function shownOf(rows: ReadonlyMap<string, InsideRow>): ReadonlyMap<string, SeenRow> {
  return new Map([...rows].map(([key, row]) => [key, row.shown]))
}
