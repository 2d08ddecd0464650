import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isFdpError } from '#kernel'
import { oracleSyntax, postgresSyntax, readStatement, type Syntax, sqlServerSyntax } from './statement.ts'

const head = '-- key: id\n-- changed: at\n'
const text = (written: string, syntax: Syntax) => readStatement(head + written, syntax).text.slice(head.length)

function codeOf(written: string, syntax: Syntax = postgresSyntax): string {
  try {
    readStatement(written, syntax)
  } catch (error) {
    if (isFdpError(error)) return `${error.code} ${error.params.line ?? error.params.what ?? ''}`
    throw error
  }
  return 'taken'
}

test('a parameter becomes what the database calls one, each time the same', () => {
  const written = 'SELECT a FROM t WHERE :since IS NULL OR b>=:since AND c=:day;\n ; '
  assert.equal(text(written, postgresSyntax), 'SELECT a FROM t WHERE $1 IS NULL OR b>=$1 AND c=$2')
  assert.equal(
    text(written, sqlServerSyntax),
    'SELECT a FROM t WHERE @fdp_since IS NULL OR b>=@fdp_since AND c=@fdp_day',
  )
  assert.equal(text(written, oracleSyntax), 'SELECT a FROM t WHERE :since IS NULL OR b>=:since AND c=:day')
  assert.deepEqual(readStatement(head + written, postgresSyntax).names, ['since', 'day'])
})

test('what is quoted, a comment or a cast is no place for a parameter', () => {
  const kept: readonly (readonly [Syntax, string])[] = [
    ...[postgresSyntax, sqlServerSyntax, oracleSyntax].flatMap((syntax): [Syntax, string][] => [
      [syntax, "'it''s :no'"],
      [syntax, '"a:no"'],
      [syntax, '/* :no */ 1'],
      [syntax, '1 -- :no'],
    ]),
    ...(["E'\\' :no'", '$$ :no $$', '$a$ $$ :no $a$', 'a::no', 'a[1:no]', 'a[b:no]'] as const).map(
      (part) => [postgresSyntax, part] as const,
    ),
    ...(['[a:no]', '[a]] :no]', 'geography::no'] as const).map((part) => [sqlServerSyntax, part] as const),
    ...(["q'[it's :no]'", "Q'{:no}'", "q'!it's :no!'", "q'<:no>'"] as const).map(
      (part) => [oracleSyntax, part] as const,
    ),
  ]
  for (const [syntax, part] of kept) {
    const read = readStatement(
      `SELECT ${part} FROM t WHERE d = :day AND 1 = 1`.replace('1 -- :no', '1 -- :no\n'),
      syntax,
    )
    assert.ok(read.text.includes(part), read.text)
    assert.deepEqual(read.names, ['day'], part)
  }
})

test('refused: a parameter that is not known, by its line alone', () => {
  assert.equal(codeOf('SELECT 1\nWHERE a = :Canary'), 'FDP_SQL_PARAMETER 2')
  assert.equal(codeOf('SELECT :DAY'), 'FDP_SQL_PARAMETER 1')
})

test('the head of a statement for changes says how they are told', () => {
  const { increment } = readStatement(
    ' \n-- Written by hand\n--key: a , b\n-- changed : c\n-- deleted: d\n--whole: Sunday\nSELECT :since -- key: e',
    oracleSyntax,
  )
  assert.deepEqual(increment, { key: ['a', 'b'], changed: 'c', deleted: 'd', whole: 0 })
  assert.equal(readStatement(`${head}SELECT 1`, oracleSyntax).increment, null)
})

test('refused: a head that leaves something open', () => {
  const since = 'SELECT :since'
  assert.equal(codeOf(since), 'FDP_SQL_INCREMENT `key` names no column')
  assert.equal(codeOf(`-- key: a,\n-- changed: b\n${since}`), 'FDP_SQL_INCREMENT `key` names no column')
  assert.equal(codeOf(`-- key: a\n${since}`), 'FDP_SQL_INCREMENT `changed` names no column')
  assert.equal(codeOf(`${head}-- delete: b\n${since}`), 'FDP_SQL_INCREMENT a word before a colon is not known')
  assert.equal(codeOf(`${head}-- deleted:\n${since}`), 'FDP_SQL_INCREMENT `deleted` names no column')
  assert.equal(codeOf(`${head}-- key: b\n${since}`), 'FDP_SQL_INCREMENT `key` is there twice')
  assert.equal(codeOf(`${head}-- whole: someday\n${since}`), 'FDP_SQL_INCREMENT `whole` names no weekday')
})
