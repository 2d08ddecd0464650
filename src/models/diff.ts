import type { ObjectType } from '#contracts'
import { compareDerived, type FlowDeps } from '#flows'
import { ident, joinSql, type OdsCode, type Sql, sql } from '#kernel'
import type { Engine } from '#ports'
import { type Builder, controllersOf, derivationOf, resultError } from './build.ts'
import type { CheckedModel } from './check-model.ts'
import { modelErrors } from './errors.ts'
import { fillOf } from './fill.ts'

/** What publishing a model would change for one controller; counts of rows, by primary key. */
export interface Difference {
  readonly controller: OdsCode
  readonly added: number
  readonly gone: number
  readonly same: number
  readonly changed: number
  /** Rows that differ, by column; columns that are only on one side are not compared. */
  readonly columns: Readonly<Record<string, number>>
  readonly onlyBefore: readonly string[]
  readonly onlyAfter: readonly string[]
}

/**
 * Makes a model beside what is published, publishes nothing, and says what would differ. It has to be proposed as it
 * stands. Errors: FDP_MODEL_NOT_PROPOSED, FDP_MODEL_RESULT, and those of `derive`.
 */
export async function diffModel(
  checked: CheckedModel,
  builder: Builder,
  deps: FlowDeps,
): Promise<readonly Difference[]> {
  const { object, sha256, type } = checked.model
  if (deps.governance.state().models.get(object)?.proposed.sha256 !== sha256)
    throw modelErrors('FDP_MODEL_NOT_PROPOSED', { model: object })
  const found: Difference[] = []
  for (const controller of await controllersOf(checked, deps)) {
    const derivation = derivationOf(checked, controller, builder)
    found.push(
      await compareDerived(derivation, deps, fillOf(checked.model), async (engine, findings, isPublished) => {
        if (findings.length > 0) throw resultError(object, controller, findings)
        return { controller, ...(await differences(engine, type, isPublished)) }
      }),
    )
  }
  return found
}

async function differences(
  engine: Engine,
  type: ObjectType,
  isPublished: boolean,
): Promise<Omit<Difference, 'controller'>> {
  const [rows] = await engine.rows(sql`SELECT count(*) AS rows FROM made`)
  const names = type.properties.map(({ name }) => name)
  if (!isPublished)
    return { added: Number(rows?.rows), gone: 0, same: 0, changed: 0, columns: {}, onlyBefore: [], onlyAfter: names }
  const listed = await engine.rows(sql`SELECT column_name AS name FROM duckdb_columns() WHERE table_name = 'published'`)
  const before = listed.map(({ name }) => String(name)).filter((name) => !name.startsWith('_'))
  const [both, onlyAfter] = [
    names.filter((name) => before.includes(name)),
    names.filter((name) => !before.includes(name)),
  ]
  const key = ident(type.primaryKey)
  const differs = both.map((name) => sql`(m.${ident(name)}::VARCHAR IS DISTINCT FROM p.${ident(name)}::VARCHAR)`)
  const counted = (what: Sql, name: string) => sql`count(*) FILTER (WHERE ${what}) AS ${ident(name)}`
  const met = sql`m.${key} IS NOT NULL AND p._key IS NOT NULL`
  const counts = [
    ...[counted(sql`p._key IS NULL`, 'added'), counted(sql`m.${key} IS NULL`, 'gone'), counted(met, 'met')],
    counted(sql`${met} AND (${joinSql([sql`false`, ...differs], ' OR ')})`, 'changed'),
    ...differs.map((each, i) => counted(sql`${met} AND ${each}`, `c${i}`)),
  ]
  const [row] = await engine.rows(
    sql`SELECT ${joinSql(counts, ', ')} FROM made m FULL JOIN published p ON p._key = m.${key}`,
  )
  const changed = Number(row?.changed)
  return {
    ...{ added: Number(row?.added), gone: Number(row?.gone), changed, same: Number(row?.met) - changed },
    columns: Object.fromEntries(
      both.flatMap((name, i) => (Number(row?.[`c${i}`]) > 0 ? [[name, Number(row?.[`c${i}`])]] : [])),
    ),
    ...{ onlyBefore: before.filter((name) => !names.includes(name)), onlyAfter },
  }
}
