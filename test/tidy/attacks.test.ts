import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../..', import.meta.url))
const folder = join(root, 'test', 'attacks')
const readme = readFileSync(join(folder, 'README.md'), 'utf8')

interface Case {
  readonly what: string
  readonly file: string
  readonly title: string
}

/** Rows of the tables: what is tried, the file, the words of the test. */
const cases: readonly Case[] = readme
  .split('\n')
  .map((line) => /^\| (.+?) \| `(.+?)` \| (.+) \|$/.exec(line))
  .filter((match) => match !== null)
  .map(([, what = '', file = '', title = '']) => ({ what, file, title }))

const pathOf = ({ file }: Case) => (file.includes('/') ? join(root, file) : join(folder, file))

/** The words of every test and group of a file, as they stand there. */
function titlesOf(text: string): string[] {
  return [...text.matchAll(/\b(?:test|it|describe)\(\s*(['"`])(.+?)\1\s*,/g)].map((match) => match[2] ?? '')
}

/** What must have a case, whatever else has. */
const mustBeTried = [
  ...Array.from({ length: 10 }, (_, i) => `Law ${i + 1}:`),
  ...['searching by values', 'references resolved', 'totals that give', 'mean of N', 'a code list changed'],
  ...['row security', 'administrators who by-pass', 'unlimited access', 'a cap lowered', 'a review overdue'],
  ...['an untrue DPIA', 'a contract stretched', '… renewed', 'an approver who joins', 'nobody can say who saw'],
]

test('every attack in the list is a test that is there, word for word', () => {
  assert.ok(cases.length > 50)
  const missing = cases.filter((each) => {
    const path = pathOf(each)
    return !existsSync(path) || !titlesOf(readFileSync(path, 'utf8')).includes(each.title)
  })
  assert.deepEqual(missing, [])
})

test('every law and every attack that others have had is in the list', () => {
  assert.deepEqual(
    mustBeTried.filter((words) => !cases.some(({ what }) => what.startsWith(words))),
    [],
  )
})

test('every file of attacks is in the list', () => {
  const files = readdirSync(folder).filter((name) => name.endsWith('.test.ts'))
  assert.deepEqual(
    files.filter((name) => !cases.some(({ file }) => file === name)),
    [],
  )
})

test('a test that is not there would be missed, so that finding all means something', () => {
  assert.deepEqual(titlesOf("test('one thing', () => {})\n  it(`two, too`, f)\ndescribe('three', g)"), [
    'one thing',
    'two, too',
    'three',
  ])
  assert.ok(!titlesOf("// test('not this one)").includes('not this one'))
})
