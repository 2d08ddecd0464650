import {
  BIGINT,
  BLOB,
  BOOLEAN,
  blobValue,
  DOUBLE,
  type DuckDBType,
  type DuckDBValue,
  SQLNULL,
  VARCHAR,
} from '@duckdb/node-api'
import type { SqlValue } from '#kernel'
import { EngineMisuse } from './errors.ts'

const int64Max = 2n ** 63n - 1n

export interface BoundValues {
  readonly values: DuckDBValue[]
  readonly types: DuckDBType[]
}

/** Integers are bound as BIGINT, whole numbers too: a HUGEINT would keep filters from being pushed into a scan. */
export function boundValues(values: readonly SqlValue[]): BoundValues {
  const bound = values.map(boundValue)
  return { values: bound.map(([value]) => value), types: bound.map(([, type]) => type) }
}

function boundValue(value: SqlValue): [DuckDBValue, DuckDBType] {
  if (value === null) return [null, SQLNULL]
  if (value instanceof Uint8Array) return [blobValue(value), BLOB]
  if (typeof value === 'string') return [value, VARCHAR]
  if (typeof value === 'boolean') return [value, BOOLEAN]
  if (typeof value === 'number') return Number.isSafeInteger(value) ? [BigInt(value), BIGINT] : [value, DOUBLE]
  if (value > int64Max || value < -int64Max - 1n) throw new EngineMisuse('a bound integer beyond 64 bits')
  return [value, BIGINT]
}
