import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { isFdpError } from '#kernel'
import type { Expression } from './expression.ts'
import { parsePath } from './parse-path.ts'

const parse = (text: string) => parsePath({ text, place: 'select[0].column[0].path' })

/** An expression with all its brackets. */
function written(expression: Expression | null): string {
  if (expression === null) return '.'
  switch (expression.kind) {
    case 'binary':
      return `(${written(expression.left)} ${expression.operator} ${written(expression.right)})`
    case 'negative':
      return `-${written(expression.of)}`
    case 'member':
      return expression.of ? `${written(expression.of)}.${expression.name}` : expression.name
    case 'call':
      return `${expression.of ? `${written(expression.of)}.` : ''}${expression.name}(${expression.args.map(written)})`
    case 'index':
      return `${written(expression.of)}[${written(expression.index)}]`
    case 'variable':
      return `%${expression.name}`
    case 'literal':
      return `${expression.type}:${expression.text}`
    default:
      return expression.kind
  }
}

const parsed: readonly (readonly [string, string])[] = [
  ['a.b[0].c', 'a.b[number:0].c'],
  ['1 + 2 * 3 - 4', '((number:1 + (number:2 * number:3)) - number:4)'],
  ['a = b and c != d or e', '(((a = b) and (c != d)) or e)'],
  ['a or b and c', '(a or (b and c))'],
  ['a < 1 = b > 2', '((a < number:1) = (b > number:2))'],
  ['-1.50 + a', '(-number:1.50 + a)'],
  ["name.where(use = 'o').first()", 'name.where((use = string:o)).first()'],
  ['value.ofType(FHIR.Quantity).value', 'value.ofType(FHIR.Quantity).value'],
  ["'it\\'s \\u00e9\\n'", "string:it's é\n"],
  ['@2020-02', 'date:2020-02'],
  ['@2020-02-03T10:11:12.5+01:00', 'dateTime:2020-02-03T10:11:12.5+01:00'],
  ['@T10:11', 'time:10:11'],
  ['`and`.`div`', 'and.div'],
  ['a /* why */ . b // end', 'a.b'],
  ['{}.empty()', 'empty.empty()'],
  ['$this = %name', '(this = %name)'],
  ['true and false', '(boolean:true and boolean:false)'],
  ['id.exists() and id.not()', '(id.exists() and id.not())'],
]

/** A path, and the character at which it goes wrong. */
const refused: readonly (readonly [string, number])[] = [
  ['@@', 1],
  ['', 1],
  ['a.', 3],
  ['a..b', 3],
  ['a b', 3],
  ['(a', 3],
  ['a)', 2],
  ['f(a,', 5],
  ["'open", 1],
  ['a | b', 3],
  ['a div b', 3],
  ['a is Patient', 3],
  ['$total', 1],
  ['a; DROP TABLE t', 2],
  ['a "b"', 3],
  ["'\\u0000'", 1],
]

describe('a path', () => {
  for (const [text, expected] of parsed) it(text, () => assert.equal(written(parse(text)), expected))
})

describe('refused: a path', () => {
  for (const [text, at] of refused)
    it(`\`${text}\` at character ${at}`, () => {
      assert.throws(
        () => parse(text),
        (error) => isFdpError(error, 'FDP_FHIR_PATH') && error.params.at === at,
      )
    })
})
