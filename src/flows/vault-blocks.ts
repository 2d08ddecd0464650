import { ident, joinSql, type Sql, sql } from '#kernel'
import type { Engine, VaultColumn, VaultLease } from '#ports'
import type { VaultSplitColumn } from './split-plan.ts'

/** Rows of one block; a segment is a list of them. */
const blockRows = 65_536

export interface VaultBlockIn {
  readonly rows: number
  readonly columns: readonly string[]
}

/**
 * A table of the engine as blocks for the vault. The engine makes each column of a block into one JSON array, so no row
 * is ever touched one by one. int64 columns travel as decimal texts.
 */
export async function* blocksOf(
  engine: Engine,
  table: string,
  columns: readonly VaultSplitColumn[],
): AsyncGenerator<VaultBlockIn> {
  const [size] = await engine.rows(sql`SELECT count(*) AS rows FROM ${ident(table)}`)
  const rows = Number(size?.rows)
  const arrays = columns.map(
    ({ expression }, i) => sql`to_json(list((${expression})::VARCHAR))::VARCHAR AS ${ident(`c${i}`)}`,
  )
  for (let from = 0; from < rows; from += blockRows) {
    const [block] = await engine.rows(sql`SELECT ${joinSql([sql`count(*) AS rows`, ...arrays], ', ')}
      FROM ${ident(table)} WHERE rowid >= ${from} AND rowid < ${from + blockRows}`)
    yield { rows: Number(block?.rows), columns: columns.map((_, i) => String(block?.[`c${i}`])) }
  }
}

/** Makes table `into` of the engine from a table of the vault (of one controller, if given); empty without a lease. */
export async function loadFromVault(
  engine: Engine,
  lease: VaultLease | null,
  source: { table: string; columns: readonly VaultColumn[]; controller?: string },
  into: string,
): Promise<void> {
  const { table, columns, controller } = source
  const definitions = columns.map(({ name, type }) => sql`${ident(name)} ${sqlType(type)}`)
  await engine.execute(sql`CREATE OR REPLACE TABLE ${ident(into)} (${joinSql(definitions, ', ')})`)
  if (!lease) return
  const names = columns.map(({ name }) => name)
  for await (const block of lease.blocks(table, names, controller)) {
    const values = block.columns.map((json, i) => {
      const texts = sql`unnest(from_json(${json}::VARCHAR, '["VARCHAR"]'))`
      return columns[i]?.type === 'int64' ? sql`${texts}::BIGINT` : texts
    })
    await engine.execute(sql`INSERT INTO ${ident(into)} SELECT ${joinSql(values, ', ')}`)
  }
}

function sqlType(type: VaultColumn['type']): Sql {
  return type === 'int64' ? sql`BIGINT` : sql`VARCHAR`
}
