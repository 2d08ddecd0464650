import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { openDuckdbEngine } from '#adapters/engine-duckdb'
import { isFdpError, limits, sql } from '#kernel'
import type { Engine } from '#ports'
import { fc } from '../../../test/random.ts'
import { regexAt, regexToRe2, wildcardToRe2 } from './regex.ts'

let engine: Engine
before(async () => {
  engine = await openDuckdbEngine({ memoryLimitMb: 256, threads: 1, tempDirectory: null })
})
after(() => engine.close())

async function fits(pattern: string, value: string): Promise<unknown> {
  await using result = await engine.query(sql`SELECT regexp_full_match(${value}, ${pattern}, 's') AS fits`)
  for await (const batch of result.batches()) return batch.columns[0]![0]
}

const read = (value: unknown) => regexAt({ value, at: 'where.value' })

test('what is no regular expression of the API is refused before the engine sees it', () => {
  for (const pattern of [
    '(',
    ')',
    'a)',
    '(?i)a',
    '(?:a)',
    '[',
    '[a',
    '[b-a]',
    '*',
    '+a',
    '?',
    'a{',
    'a{x}',
    'a{2,1}',
    '{2}',
    'a|*',
    '"a',
    'a\\',
    '[\\',
    ']',
    '}',
    'a{99999}',
  ]) {
    assert.throws(
      () => read(pattern),
      (error) => isFdpError(error, 'FDP_ONTOLOGY_REQUEST'),
      pattern,
    )
  }
})

test('an expression that would be too large for the engine is refused', () => {
  for (const pattern of [
    '((a{100}){100}){100}',
    'a'.repeat(limits.patternCharactersMax + 1),
    '('.repeat(500),
    '(.{30}){34}',
    'a{1001}',
  ]) {
    assert.throws(
      () => read(pattern),
      (error) => isFdpError(error, 'FDP_ONTOLOGY_LIMIT'),
      pattern.slice(0, 20),
    )
  }
})

test('whatever is let through, the engine takes', async () => {
  const piece = fc.constantFrom(
    ...'ab0.?*+|()[]{}^$"\\-,dDsSwWé😀 \n',
    '{2}',
    '{0,3}',
    '{1,}',
    '[^a-f]',
    '(a|b)',
    '"(x)"',
    '\\p',
  )
  let taken = 0
  await fc.assert(
    fc.asyncProperty(fc.array(piece, { maxLength: 12 }), async (pieces) => {
      const pattern = pieces.join('')
      try {
        read(pattern)
      } catch (error) {
        assert.ok(isFdpError(error), pattern)
        return
      }
      taken += 1
      assert.equal(typeof (await fits(regexToRe2(pattern), 'ab')), 'boolean', pattern)
    }),
    { numRuns: process.env.FDP_TEST_FULL ? 5_000 : 600 },
  )
  assert.ok(taken > 50, `only ${taken} were let through`)
  // The largest there are: wide classes, repeated as often as may be.
  for (const pattern of ['[^a]{1000}[^b]{1000}[^c]{1000}[^d]{990}', '(\\W{30}){33}', '.{1000}.{1000}.{1000}']) {
    read(pattern)
    assert.equal(await fits(regexToRe2(pattern), 'é'.repeat(990)), pattern.startsWith('('), pattern)
  }
})

test('an expression means what the API says', async () => {
  const cases: [string, string, boolean][] = [
    ['a.c', 'a\nc', true],
    ['a', 'ab', false],
    ['^a$', '^a$', true],
    ['^a', 'a', false],
    ['[^a-c]x', 'dx', true],
    ['[a^]', '^', true],
    ['[-a]', '-', true],
    ['[a-]', '-', true],
    ['[a\\-c]', 'b', false],
    ['[]a]', ']', true],
    ['"a.c"', 'abc', false],
    ['"a.c"{2}', 'a.ca.c', true],
    ['a*?', 'aaa', true],
    ['a{2,3}{2}', 'aaaaa', true],
    ['a||b', '', true],
    ['(ab|c)+', 'abcab', true],
    ['\\d{3} \\d{3}', '123 456', true],
    ['\\p', 'p', true],
    ['\\.', 'x', false],
    ['é.', 'é😀', true],
    ['A', 'a', false],
  ]
  for (const [pattern, value, expected] of cases) {
    assert.equal(await fits(regexToRe2(read(pattern)), value), expected, `${pattern} on ${value}`)
  }
  const wildcards: [string, string, boolean][] = [
    ['*ary*', 'Canaryhurst', true],
    ['a?c', 'a😀c', true],
    ['a?c', 'ac', false],
    ['a\\*', 'a*', true],
    ['a\\*', 'ab', false],
    ['(a|b)', 'a', false],
    ['a\\', 'a\\', true],
    ['*', '', true],
    ['*\n*', 'a\nb', true],
  ]
  for (const [pattern, value, expected] of wildcards) {
    assert.equal(await fits(wildcardToRe2(pattern), value), expected, `${pattern} on ${value}`)
  }
})
