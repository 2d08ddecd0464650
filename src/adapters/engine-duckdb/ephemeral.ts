import { setImmediate } from 'node:timers/promises'
import {
  BIGINT,
  BOOLEAN,
  DOUBLE,
  type DuckDBConnection,
  DuckDBDataChunk,
  type DuckDBType,
  type DuckDBValue,
  VARCHAR,
} from '@duckdb/node-api'
import { ident, joinSql, rawSql, type Sql, sql } from '#kernel'
import type { EphemeralTable } from '#ports'
import { EngineMisuse } from './errors.ts'

const chunkRows = 2_048
/** Chunks written before other work on this thread gets its turn. */
const chunksPerTurn = 32

/** How a column of JavaScript values goes over: as one of four plain types, cast to the wanted type by the engine. */
interface Carrier {
  readonly name: string
  readonly driverType: DuckDBType
  readonly type: string
  readonly convert: (value: unknown) => DuckDBValue
}

export interface EphemeralLoad {
  /** Makes the staging table. */
  readonly stage: Sql
  readonly append: (connection: DuckDBConnection) => Promise<void>
  /** Makes the wanted table from it, then drops it. */
  readonly finish: readonly Sql[]
}

/** The steps that make `name` from the values of `table`; `staging` is a table name nobody else uses. */
export function ephemeralLoad(name: string, staging: string, table: EphemeralTable): EphemeralLoad {
  const rows = table.columns[0]?.values.length ?? 0
  if (table.columns.length === 0) throw new EngineMisuse('an ephemeral table needs a column')
  if (table.columns.some((column) => column.values.length !== rows))
    throw new EngineMisuse('columns of different lengths')
  const carriers = table.columns.map((column, i) => carrierOf(`c${i}`, column.values))
  const columns = carriers.map((carrier) => sql`${ident(carrier.name)} ${rawSql(carrier.type)}`)
  const casts = table.columns.map(
    (column, i) => sql`CAST(${ident(`c${i}`)} AS ${typeSql(column.type)}) AS ${ident(column.name)}`,
  )
  return {
    stage: sql`CREATE TABLE ${ident(staging)} (${joinSql(columns, ', ')})`,
    append: (connection) => appendRows(connection, staging, carriers, table, rows),
    finish: [
      sql`CREATE OR REPLACE TABLE ${ident(name)} AS SELECT ${joinSql(casts, ', ')} FROM ${ident(staging)}`,
      sql`DROP TABLE ${ident(staging)}`,
    ],
  }
}

async function appendRows(
  connection: DuckDBConnection,
  staging: string,
  carriers: readonly Carrier[],
  table: EphemeralTable,
  rows: number,
): Promise<void> {
  const appender = await connection.createAppender(staging)
  const types = carriers.map((carrier) => carrier.driverType)
  for (let start = 0, chunks = 1; start < rows; start += chunkRows, chunks++) {
    const count = Math.min(chunkRows, rows - start)
    const chunk = DuckDBDataChunk.create(types, count)
    carriers.forEach((carrier, i) => {
      const values = table.columns[i]!.values.slice(start, start + count)
      chunk.setColumnValues(
        i,
        values.map((value) => (value === null ? null : carrier.convert(value))),
      )
    })
    appender.appendDataChunk(chunk)
    if (chunks % chunksPerTurn === 0) await setImmediate()
  }
  appender.closeSync()
}

/** The first value that is not null decides; a column of mixed kinds is a bug of the caller and fails in the driver. */
function carrierOf(name: string, values: readonly unknown[]): Carrier {
  const first = values.find((value) => value !== null)
  if (typeof first === 'boolean') return { name, driverType: BOOLEAN, type: 'BOOLEAN', convert: (v) => v as boolean }
  if (typeof first === 'bigint')
    return { name, driverType: BIGINT, type: 'BIGINT', convert: (v) => BigInt(v as bigint) }
  if (typeof first === 'number') {
    const whole = values.every((value) => value === null || Number.isSafeInteger(value) || typeof value === 'bigint')
    return whole
      ? { name, driverType: BIGINT, type: 'BIGINT', convert: (v) => BigInt(v as number) }
      : { name, driverType: DOUBLE, type: 'DOUBLE', convert: (v) => v as number }
  }
  if (first !== undefined && typeof first !== 'string')
    throw new EngineMisuse('a value that an ephemeral table cannot hold')
  return { name, driverType: VARCHAR, type: 'VARCHAR', convert: (v) => v as string }
}

function typeSql(type: string): Sql {
  if (!/^[A-Z][A-Z0-9_ ]*(\(\d+(, ?\d+)?\))?$/.test(type)) throw new EngineMisuse('not a plain column type')
  return rawSql(type)
}
