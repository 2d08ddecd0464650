import { join } from 'node:path'
import { type JsonObject, literal, type Sql, sql } from '#kernel'
import type { Engine } from '#ports'
import type { FlowTenant } from '../test/flow-tenant.ts'
import { clerk, hashOf, ods } from '../test/governed-tenant.ts'

/*
 * Large versions of an object type, published without going through the flows: what is measured is reading.
 */

const controller = ods('RJ1')

/** Rows as a flow would leave them: in the order of random keys, each of another person; some without a date. */
export function care(rows: number): Sql {
  return sql`SELECT (hash(i) >> 1)::BIGINT AS _key, (hash(i * 7 + 1) >> 1)::BIGINT AS _person, 'RJ1' AS _controller,
    _key AS "rttPeriodId", 'RJ1' AS "providerCode", 'QZ' || (i % 40) AS "commissionerCode", (100 + i % 20 * 10)::VARCHAR AS "treatmentFunctionCode",
    CASE WHEN i % 13 <> 5 THEN date '2026-01-31' - (i * 37 % 700)::INTEGER END AS "clockStartDate", CASE WHEN i % 7 = 3 THEN '30' ELSE '20' END AS "statusCode"
    FROM range(${rows}) t(i)`
}

export async function publish(
  { deps }: FlowTenant,
  engine: Engine,
  object: string,
  rows: number | null,
  files: readonly { name: string; query: Sql; says: readonly [string, string] | null }[],
): Promise<void> {
  await using staged = await deps.lake.stage(object, controller)
  let written = 0
  for (const { name, query, says } of files) {
    const path = literal(join(staged.folder, `${name}.parquet`))
    const meta = says === null ? sql`` : sql`, KV_METADATA {${literal(says[0])}: ${literal(says[1])}}`
    await engine.execute(sql`COPY (FROM (${query}) ORDER BY _key) TO ${path}
      (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 122880${meta})`)
    const [count] = await engine.rows(sql`SELECT count(*) AS n FROM read_parquet([${path}])`)
    written += Number(count?.n)
  }
  if (rows !== null && rows !== written) throw new Error('rows were lost')
  const catalogue = deps.governance.catalogue()
  const sealed = await deps.lake.seal({ object, controller, asAt: '2026-01-31', staged, rows: written, keep: [] })
  const governance: JsonObject = {
    ...{ version: 1, by: clerk, submission: hashOf('b'), object, controller, asAt: '2026-01-31', rows: written },
    ...{ quarantined: 0, lake: sealed.manifestSha256, vault: null, mapping: null, contract: { origin: 'openfdp' } },
    replaces: { lake: catalogue.lakeManifest(object), vault: null },
  }
  await deps.ledger.append({ type: 'flow.published', governance })
}
