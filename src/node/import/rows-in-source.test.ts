import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fc } from '../../../test/random.ts'
import { csvLine } from '../csv-line.ts'
import { rowsInSource, rowsThatSay, saidIn } from './rows-in-source.ts'

const names = ['first', 'id', 'last']

/** The bytes in pieces of so many. */
const sourceOf = (text: string, size: number) => ({
  ...{ name: 'x.csv', bytes: null },
  async *open() {
    const bytes = Buffer.from(text, 'utf8')
    for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
  },
})

const editOf = (key: string, before: string | null) => ({
  ...{ id: '7.0', object: 'X', primaryKey: key, action: 'a', owner: 'o', due: 'd', counted: true, undo: true },
  values: { last: { before, after: 'after' } },
})

async function textOf(source: ReturnType<typeof rowsInSource>): Promise<string> {
  const parts: Uint8Array[] = []
  for await (const part of source.open()) parts.push(part)
  return Buffer.concat(parts).toString('utf8')
}

test('rows that an edit is about have what the source says, all others the same bytes, however the file comes', async () => {
  const cell = fc.constantFrom('', 'a', 'ä😀', 'x,y', 'say "no"', 'two\r\nlines', '\n', '"', ',')
  const row = fc.tuple(cell, cell)
  await fc.assert(
    fc.asyncProperty(
      fc.array(row, { maxLength: 6 }),
      fc.nat(6),
      cell,
      fc.integer({ min: 1, max: 9 }),
      async (rows, at, before, size) => {
        const file = (change: (i: number, last: string) => string | null) =>
          [
            csvLine(names),
            ...rows.map(([first, last], i) => csvLine([first || null, `K${i}`, change(i, last) || null])),
          ].join('')
        const source = sourceOf(
          file((_, last) => last),
          size,
        )
        const changed = await textOf(rowsInSource(source, 'id', [editOf(`K${at}`, before || null)]))
        assert.equal(
          changed,
          file((i, last) => (i === at ? before : last)),
        )
      },
    ),
  )
})

test('of several edits of one record the first says what the source has', async () => {
  const source = sourceOf(`${csvLine(names)}${csvLine(['f', 'K', 'third'])}`, 100)
  const edits = [editOf('K', 'one'), editOf('K', 'two')]
  assert.equal(await textOf(rowsInSource(source, 'id', edits)), `${csvLine(names)}${csvLine(['f', 'K', 'one'])}`)
})

test('a file in parts: what a column says, and the rows that say it, with the same bytes', async () => {
  const file = sourceOf('id,set\r\n1,"a, b"\r\n2,c\r\n3,"a, b"\r\n4,\r\n', 3)
  assert.deepEqual(await saidIn(file, 'set'), ['a, b', 'c', ''])
  assert.equal(await textOf(rowsThatSay(file, 'set', 'a, b')), 'id,set\r\n1,"a, b"\r\n3,"a, b"\r\n')
  assert.equal(await textOf(rowsThatSay(file, 'set', '')), 'id,set\r\n4,\r\n')
})
