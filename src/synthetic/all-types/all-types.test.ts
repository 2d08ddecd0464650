import assert from 'node:assert/strict'
import { test } from 'node:test'
import { linkTables, nhsNumberFault, type ObjectType, objectType, personPath, type RowRule } from '#contracts'
import type { SubmissionReport } from '#flows'
import { type DateOnly, ident, joinSql, sql } from '#kernel'
import { modelTypes } from '../../../test/full-plan.ts'
import { openFullWorld } from '../../../test/full-world.ts'
import { rowsOf } from '../../../test/world.ts'
import { allTypeRows, filledTypes } from './all-type-rows.ts'

const today = '2026-03-02' as DateOnly
const input = { seed: 'a test', provider: 'RZ1', today }
const made = new Map(allTypeRows(input).map(({ object, rows }) => [object, rows]))
const rowsMade = (object: string) => made.get(object)!

/** Keys in a cell: one, several in a list, or none. */
function keysIn(type: ObjectType, name: string, cell: string): readonly string[] {
  if (cell === '') return []
  const isList = type.properties.some((property) => property.name === name && property.type === 'texts')
  return isList ? (JSON.parse(cell) as string[]) : [cell]
}

test('every type of the model and every link table has a hundred rows or more, each with its own key and every property', () => {
  assert.equal(modelTypes.length, 62)
  for (const type of [...modelTypes, ...linkTables(), objectType('RttPeriod')]) {
    const rows = rowsMade(type.name)
    assert.ok(rows.length >= 100, type.name)
    assert.equal(new Set(rows.map((row) => row[type.primaryKey])).size, rows.length, type.name)
    for (const { name, nullable } of type.properties) {
      const filled = rows.filter((row) => row[name] !== '').length
      assert.ok(filled > 0, `${type.name}.${name} has a value in some row`)
      assert.ok(nullable || filled === rows.length, `${type.name}.${name} has a value in every row`)
    }
  }
})

test('values are missing as often as in life: in a quarter of the cells, in some columns never, in some mostly', () => {
  const shares = modelTypes.flatMap(({ name, properties }) =>
    properties.map((property) => {
      const rows = rowsMade(name)
      return rows.filter((row) => row[property.name] === '').length / rows.length
    }),
  )
  const mean = shares.reduce((sum, share) => sum + share, 0) / shares.length
  assert.ok(mean > 0.1 && mean < 0.4, String(mean))
  assert.ok(shares.some((share) => share === 0))
  assert.ok(shares.some((share) => share > 0.4))
  assert.ok(shares.every((share) => share < 1))
})

test('whatever names a record names one that is there', () => {
  for (const type of filledTypes()) {
    for (const { name, references } of type.properties) {
      if (!references) continue
      const there = new Set(rowsMade(references.object).map((row) => row[references.property]))
      const named = rowsMade(type.name).flatMap((row) => keysIn(type, name, row[name]!))
      assert.ok(named.length > rowsMade(type.name).length / 2, `${type.name}.${name}`)
      assert.deepEqual(
        named.filter((key) => !there.has(key)),
        [],
        `${type.name}.${name}`,
      )
    }
  }
})

test('every link of the contracts leads somewhere, from more than one row', () => {
  for (const type of modelTypes) {
    for (const { name, object, join, through } of type.links) {
      if (through) {
        const near = new Set(rowsMade(type.name).map((row) => row[through.near.from]))
        const far = new Set(rowsMade(object).map((row) => row[through.far.to]))
        const pairs = rowsMade(through.object).filter(
          (row) => near.has(row[through.near.to]) && far.has(row[through.far.from]),
        )
        assert.ok(new Set(pairs.map((row) => row[through.near.to])).size > 5, `${type.name}.${name}`)
      }
      if (join === null) continue
      const other = objectType(object)
      const there = new Set(rowsMade(object).flatMap((row) => keysIn(other, join.to, row[join.to]!)))
      const leading = rowsMade(type.name).filter((row) => {
        return keysIn(type, join.from, row[join.from]!).some((key) => there.has(key))
      })
      assert.ok(leading.length > 5, `${type.name}.${name}: ${leading.length}`)
    }
  }
})

test('a record is about one patient, whichever way one goes to the patient', () => {
  const patientOf = new Map<string, Map<string, string>>([
    ['Patient', new Map(rowsMade('Patient').map((row) => [row.personId!, row.personId!]))],
  ])
  /** By following the chain that the flows follow. */
  const patients = (type: ObjectType): Map<string, string> => {
    const known = patientOf.get(type.name)
    if (known) return known
    const { property } = personPath(type)[0]!
    const next = patients(objectType(property.references!.object))
    const found = new Map(rowsMade(type.name).map((row) => [row[type.primaryKey]!, next.get(row[property.name]!)!]))
    patientOf.set(type.name, found)
    return found
  }
  let ways = 0
  for (const type of filledTypes().filter(({ personLevel }) => personLevel)) {
    for (const row of rowsMade(type.name)) {
      const patient = patients(type).get(row[type.primaryKey]!)
      assert.ok(patient, `${type.name} leads to a patient`)
      for (const { name, references } of type.properties) {
        if (!references || !objectType(references.object).personLevel) continue
        for (const key of keysIn(type, name, row[name]!)) {
          assert.equal(patients(objectType(references.object)).get(key), patient, `${type.name}.${name}`)
          ways++
        }
      }
    }
  }
  assert.ok(ways > 10_000, String(ways))
})

test('value sets, numbers and dates hold to the contracts', () => {
  for (const type of filledTypes()) {
    for (const row of rowsMade(type.name)) {
      for (const { name, values } of type.properties) {
        // A key that only fourteen values are given for.
        if (!values || row[name] === '' || name === 'datasetName') continue
        assert.ok(values.includes(row[name]!), `${type.name}.${name}`)
      }
      if (row.nhsNumber) assert.equal(nhsNumberFault(row.nhsNumber, { testNumbersAllowed: false }), null)
      for (const rule of type.rules) assert.ok(holds(rule, row), `${type.name}: ${JSON.stringify(rule)}`)
    }
  }
})

function holds(rule: RowRule, row: Readonly<Record<string, string>>): boolean {
  switch (rule.rule) {
    case 'date.order':
      return !row[rule.earlier] || !row[rule.later] || row[rule.earlier]! <= row[rule.later]!
    case 'date.future':
      return row[rule.property]!.slice(0, 10) <= today
    case 'present.iff':
      return rule.values.includes(row[rule.other]!) === (row[rule.property] !== '')
    case 'pattern':
      return row[rule.property] === '' || new RegExp(`^(${rule.pattern})$`).test(row[rule.property]!)
    case 'range': {
      const value = Number(row[rule.property])
      return row[rule.property] === '' || (value >= (rule.min ?? value) && value <= (rule.max ?? value))
    }
  }
}

test('the same seed makes the same rows, another one others; fewer rows can be asked for', () => {
  const again = allTypeRows(input)
  assert.deepEqual(
    again,
    [...made].map(([object, rows]) => ({ object, rows })),
  )
  const other = allTypeRows({ ...input, seed: 'another', rows: 10 })
  assert.equal(other.find(({ object }) => object === 'Encounter')!.rows.length, 10)
  assert.notDeepEqual(other[0]!.rows[0], again[0]!.rows[0])
})

test('the flows take every file without quarantine, and every value of every column can be read again', async () => {
  await using world = await openFullWorld()
  const reports = new Map<string, SubmissionReport>()
  for (const { type, governance } of await world.entries()) {
    assert.notEqual(type, 'flow.refused')
    const report = governance.report as unknown as SubmissionReport
    if (type === 'flow.published') reports.set(report.object, report)
  }
  assert.equal(reports.size, 66)
  await using session = await world.as('full')
  for (const type of [...modelTypes, ...linkTables()]) {
    const { rows, findings } = reports.get(type.name)!
    assert.equal(rows.quarantined, 0, type.name)
    // The contract names fewer data sets than a type needs rows here.
    if (type.name !== 'DatasetRefreshTime') assert.deepEqual(findings, [], type.name)
    const columns = type.properties.map(({ name }) => name)
    const read = await rowsOf(
      await session.rows({
        ...{ about: { test: type.name }, relations: { r: { object: type.name, columns } }, person: 'r' },
        build: ({ r }) => {
          const names = columns.map((name) => ident(name))
          return sql`SELECT ${joinSql(type.personLevel ? [...names, ident('_person')] : names, ', ')} FROM ${r} AS r ORDER BY _order`
        },
      }),
    )
    assert.equal(read.length, world.published(type.name).length, type.name)
    for (const name of columns)
      assert.ok(
        read.some((row) => row[name] !== null),
        `${type.name}.${name}`,
      )
  }
})
