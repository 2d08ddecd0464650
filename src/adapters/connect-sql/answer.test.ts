import assert from 'node:assert/strict'
import { test } from 'node:test'
import { cases, fc } from '../../../test/random.ts'
import { answerBytes, placesIn } from './answer.ts'
import { recordOf, recordsOf } from './delimited.ts'
import type { Cell, Rows } from './rows.ts'

const awkward = fc.stringMatching(/^[ab",\r\n€ ]{0,6}$/)
const cell = fc.option(awkward)

async function all<T>(pieces: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = []
  for await (const piece of pieces) found.push(piece)
  return found
}

async function* inPieces(bytes: Buffer, length: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += length) yield bytes.subarray(at, at + length)
}

test('what is written is read again, whatever it holds and however it is cut', async () => {
  const tables = fc
    .integer({ min: 1, max: 4 })
    .chain((width) => fc.array(fc.array(cell, { minLength: width, maxLength: width }), { minLength: 1, maxLength: 8 }))
  await fc.assert(
    fc.asyncProperty(tables, fc.integer({ min: 1, max: 9 }), async (rows, length) => {
      const bytes = Buffer.from(rows.map(recordOf).join(''))
      const records = (await all(recordsOf(inPieces(bytes, length)))).flat()
      assert.deepEqual(
        records.map(({ fields }) => fields),
        rows.map((row) => row.map((value) => value ?? '')),
      )
      assert.ok(Buffer.concat(records.map((record) => record.bytes)).equals(bytes))
    }),
    cases(300),
  )
})

/** Rows that are there already, a few at a time. */
function rowsIn(rows: readonly (readonly Cell[])[], size: number): Rows {
  let at = 0
  return {
    columns: ['id', 'ward', 'gone', 'value', 'at'].map((name) => ({ name, unreadable: null })),
    next: async () => (at >= rows.length ? null : rows.slice(at, (at += size))),
    close: async () => {},
  }
}

test('changes laid over the last answer are the whole that a database would have given', async () => {
  const increment = { key: ['ID', 'ward'], changed: 'at', deleted: 'gone', whole: null }
  const places = placesIn(['id', 'ward', 'gone', 'value', 'at'], increment)
  const key = fc.tuple(awkward, awkward)
  const row = fc.tuple(key, fc.constantFrom('t', 'f', '', '2026-01-31', 'No', '0', null), cell)
  const tables = fc.uniqueArray(row, { selector: ([[id, ward]]) => JSON.stringify([id, ward]), maxLength: 12 })
  const cells = (table: readonly (readonly [[string, string], Cell, Cell])[], at: string): Cell[][] =>
    table.map(([[id, ward], gone, value]) => [id, ward, gone, value, at])
  const isKept = ([, gone]: readonly [unknown, Cell, unknown]) => ['f', '', 'No', '0', null].includes(gone)
  await fc.assert(
    fc.asyncProperty(tables, tables, fc.integer({ min: 1, max: 5 }), async (first, second, size) => {
      const answer = async (rows: Rows, before: Buffer | null) => {
        const known = before && { header: [], since: '1', open: () => inPieces(before, 11) }
        return Buffer.concat(await all(answerBytes(rows, await rows.next(), places, known)))
      }
      const before = await answer(rowsIn(cells(first, '1'), size), null)
      const after = await answer(rowsIn(cells(second, '2'), size), before)
      const came = new Set(second.map(([id]) => JSON.stringify(id)))
      const expected = [
        ...cells(second.filter(isKept), '2'),
        ...cells(
          first.filter((each) => isKept(each) && !came.has(JSON.stringify(each[0]))),
          '1',
        ),
      ]
      const lines = (await all(recordsOf(inPieces(after, 1_000)))).flat().slice(1)
      assert.deepEqual(lines.map(({ bytes }) => bytes.toString()).toSorted(), expected.map(recordOf).toSorted())
    }),
    cases(300),
  )
})
