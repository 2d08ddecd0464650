import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { isFdpError, limits } from '#kernel'
import { parseView } from './parse-view.ts'

const column = { name: 'id', path: 'id' }
const patient = (select: unknown, more: object = {}) => ({ resource: 'Patient', select: [select], ...more })
const withColumn = (more: object) => patient({ column: [{ ...column, ...more }] })
const withConstant = (constant: unknown) => patient({ column: [column] }, { constant: [constant] })

/** What is wrong, and the place that the error must name. */
const refused: readonly (readonly [string, unknown, string])[] = [
  ['no object', [], 'the view'],
  ['null', null, 'the view'],
  ['an unknown member', patient({ column: [column] }, { selects: [] }), 'the view'],
  ['no type of resource', { select: [{ column: [column] }] }, 'resource'],
  ['a type of resource with a quote', { resource: "Patient'", select: [{ column: [column] }] }, 'resource'],
  ['no select', { resource: 'Patient' }, 'select'],
  ['a select that is no list', { resource: 'Patient', select: { column: [column] } }, 'select'],
  ['a select without a column', patient({ forEach: 'name' }), 'select[0]'],
  ['an unknown member of a select', patient({ column: [column], forAll: 'name' }), 'select[0]'],
  ['two ways to iterate', patient({ column: [column], forEach: 'name', repeat: ['item'] }), 'select[0]'],
  ['a path to iterate over that is no text', patient({ column: [column], forEach: 1 }), 'select[0].forEach'],
  ['a repeat without a path', patient({ column: [column], repeat: [] }), 'select[0].repeat'],
  ['a repeat of no text', patient({ column: [column], repeat: [1] }), 'select[0].repeat[0]'],
  ['a nested select', patient({ select: [{ column: [{ name: 'a' }] }] }), 'select[0].select[0].column[0].path'],
  ['a branch of a union', patient({ unionAll: [{ column: [{}] }] }), 'select[0].unionAll[0].column[0].name'],
  ['an unknown member of a column', withColumn({ nullable: true }), 'select[0].column[0]'],
  ['a name with a quote', withColumn({ name: 'a"b' }), 'select[0].column[0].name'],
  ['a name that begins with a digit', withColumn({ name: '1a' }), 'select[0].column[0].name'],
  ['a type that is not primitive', withColumn({ type: 'HumanName' }), 'select[0].column[0].type'],
  ['a type of every object in JavaScript', withColumn({ type: 'constructor' }), 'select[0].column[0].type'],
  ['a collection that is no truth value', withColumn({ collection: 'yes' }), 'select[0].column[0].collection'],
  ['a condition without a path', patient({ column: [column] }, { where: [{}] }), 'where[0].path'],
  ['a constant without a value', withConstant({ name: 'a' }), 'constant[0]'],
  ['a constant with two', withConstant({ name: 'a', valueCode: 'a', valueString: 'b' }), 'constant[0]'],
  ['a constant with the name of a variable', withConstant({ name: 'rowIndex', valueInteger: 1 }), 'constant[0].name'],
  ['a number as text', withConstant({ name: 'a', valueInteger: '1' }), 'constant[0].valueInteger'],
  ['a fraction as an integer', withConstant({ name: 'a', valueInteger: 1.5 }), 'constant[0].valueInteger'],
  ['a decimal beyond its digits', withConstant({ name: 'a', valueDecimal: 1e30 }), 'constant[0].valueDecimal'],
  ['a day that is none', withConstant({ name: 'a', valueDate: "2020'" }), 'constant[0].valueDate'],
  ['a null character', withConstant({ name: 'a', valueString: '\0' }), 'constant[0].valueString'],
]

function nested(depth: number): unknown {
  return depth === 0 ? { column: [column] } : { select: [nested(depth - 1)] }
}

const tooLarge: readonly (readonly [string, unknown])[] = [
  ['selects within one another', patient(nested(limits.viewSelectDepthMax))],
  ['selects so deep that recursion would end', patient(nested(5_000))],
  ['branches', patient({ unionAll: Array.from({ length: limits.viewSelectsMax + 1 }, () => ({ column: [column] })) })],
  [
    'selects on many levels',
    { resource: 'Patient', select: Array.from({ length: 150 }, () => ({ select: [{ column: [column] }] })) },
  ],
  ['columns', patient({ column: Array.from({ length: limits.viewColumnsMax + 1 }, () => column) })],
  ['characters of a path', withColumn({ path: 'a'.repeat(limits.viewPathCharactersMax + 1) })],
  ['brackets of a path', withColumn({ path: `${'('.repeat(5_000)}id${')'.repeat(5_000)}`.slice(0, 9_999) })],
  ['steps of a path', withColumn({ path: Array.from({ length: limits.viewPathStepsMax + 2 }, () => 'a').join('.') })],
  ['signs of a path', withColumn({ path: `${'-'.repeat(5_000)}1` })],
]

describe('refused: a view', () => {
  for (const [what, view, place] of refused)
    it(what, () => {
      assert.throws(
        () => parseView(view),
        (error) => isFdpError(error, 'FDP_FHIR_VIEW') && error.params.place === place && error.help.length > 5,
      )
    })

  for (const [what, view] of tooLarge)
    it(`too many ${what}`, () => {
      assert.throws(() => parseView(view), { code: 'FDP_FHIR_TOO_LARGE' })
    })
})

describe('a view', () => {
  it('may have the members that only describe it, and canonical names of types', () => {
    const type = 'http://hl7.org/fhir/StructureDefinition/code'
    const view = parseView({ ...withColumn({ type, tag: [], description: 'd' }), status: 'active', url: 'u' })
    assert.deepEqual(
      view.select[0]?.column.map((each) => [each.name, each.type, each.collection]),
      [['id', 'code', false]],
    )
  })
})
