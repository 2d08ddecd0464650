import { objectType } from '#contracts'
import { type DerivedFinding, inputColumns } from '#flows'
import { ident, joinSql, sql } from '#kernel'
import type { Engine } from '#ports'
import type { CheckedModel } from './check-model.ts'
import type { ModelTest, TestCell, TestRow } from './declaration.ts'
import { modelErrors } from './errors.ts'
import { fillOf } from './fill.ts'

export interface ModelTestResult {
  readonly name: string
  readonly passed: boolean
  readonly found: readonly TestRow[]
  readonly expected: readonly TestRow[]
  /** What the contract does not allow. */
  readonly findings: readonly DerivedFinding[]
}

/**
 * Runs a test that a model declares, on an engine of its own: given rows in, found rows out, in any order. Only columns that
 * `expected` names are compared. Keys are texts of the test's own. FDP_MODEL_DECLARATION for a column that is none.
 */
export async function runModelTest(
  engine: Engine,
  { model, lineage }: CheckedModel,
  test: ModelTest,
): Promise<ModelTestResult> {
  const keys = new TestKeys()
  const wrong = (where: string, what: string) =>
    modelErrors('FDP_MODEL_DECLARATION', { model: model.object, where: `test \`${test.name}\`, ${where}`, what })
  const stranger = Object.keys(test.given).find((object) => !lineage.inputs.includes(object))
  if (stranger !== undefined) throw wrong('given', `the model does not read \`${stranger}\``)
  for (const object of lineage.inputs) {
    await give(engine, object, test.given[object] ?? [], { keys, wrong })
  }
  const findings = await fillOf(model)(engine)
  const columns = [...new Set(test.expected.flatMap((row) => Object.keys(row)))]
  const odd = columns.find((name) => name !== 'person' && !model.type.properties.some((each) => each.name === name))
  if (odd !== undefined) throw wrong('expected', `the model has no column \`${odd}\``)
  const listed = columns.map((name) => sql`${ident(name)}::VARCHAR AS ${ident(name)}`)
  const rows = await engine.rows(
    columns.length === 0 ? sql`SELECT NULL AS "none" FROM made` : sql`SELECT ${joinSql(listed, ', ')} FROM made`,
  )
  const isKey = (name: string) =>
    name === 'person' || model.type.properties.some((each) => each.name === name && each.references)
  const found = rows.map((row) =>
    Object.fromEntries(columns.map((name) => [name, isKey(name) ? keys.nameOf(row[name]) : (row[name] as TestCell)])),
  )
  const expected = test.expected.map((row) =>
    Object.fromEntries(
      columns.map((name) => [name, row[name] === undefined || row[name] === null ? null : String(row[name])]),
    ),
  )
  return {
    name: test.name,
    found,
    expected,
    findings,
    passed: findings.length === 0 && texts(found) === texts(expected),
  }
}

type Wrong = (where: string, what: string) => Error

async function give(
  engine: Engine,
  object: string,
  rows: readonly TestRow[],
  { keys, wrong }: { keys: TestKeys; wrong: Wrong },
): Promise<void> {
  const type = objectType(object)
  const columns = [{ name: 'asAt', none: sql`NULL::DATE` }, ...inputColumns(type)]
  const odd = rows.flatMap((row) => Object.keys(row)).find((name) => !columns.some((each) => each.name === name))
  if (odd !== undefined) throw wrong(`given.${object}`, `a model sees no column \`${odd}\` of it`)
  const isKey = (name: string) =>
    name === 'person' || type.properties.some((each) => each.name === name && each.role !== null && type.personLevel)
  await engine.registerEphemeral('given', {
    columns: columns.map(({ name }) => ({
      name,
      type: 'VARCHAR',
      values: rows.map((row) => {
        const cell = row[name] ?? null
        if (cell === null) return null
        return isKey(name) ? keys.keyOf(String(cell)) : String(cell)
      }),
    })),
  })
  const names = columns.map(({ name }) => ident(name))
  // The types of the columns as a build has them, whatever the test writes them as.
  await engine.execute(
    sql`CREATE OR REPLACE TABLE ${ident(object)} AS SELECT ${joinSql(
      columns.map(({ name, none }) => sql`${none} AS ${ident(name)}`),
      ', ',
    )} WHERE false`,
  )
  await engine.execute(sql`INSERT INTO ${ident(object)} SELECT ${joinSql(names, ', ')} FROM given`)
}

/** Names of keys in a test, and the numbers that stand for them. */
class TestKeys {
  readonly #keys = new Map<string, string>()

  keyOf(name: string): string {
    const known = this.#keys.get(name) ?? String(this.#keys.size + 1)
    this.#keys.set(name, known)
    return known
  }

  nameOf(key: unknown): string | null {
    return [...this.#keys].find(([, each]) => each === key)?.[0] ?? null
  }
}

function texts(rows: readonly TestRow[]): string {
  return rows
    .map((row) => JSON.stringify(Object.entries(row).sort(([a], [b]) => (a < b ? -1 : 1))))
    .sort()
    .join('\n')
}
