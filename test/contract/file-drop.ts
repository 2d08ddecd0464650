import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { isFdpError } from '#kernel'
import type { FileDrop, Source } from '#ports'

/** A place under test. Names have no folder; what is put again has another content and another time. */
export interface TestPlace extends AsyncDisposable {
  readonly drop: FileDrop
  put(name: string, content: Buffer): Promise<void>
  remove(name: string): Promise<void>
  /** What a place of the kind may hold beside plain files: folders, links. Their names, none of which may be listed. */
  putOther(): Promise<readonly string[]>
  /** A place that is not there. */
  readonly nowhere: FileDrop
}

export async function textOf(source: Source): Promise<string> {
  const chunks: Uint8Array[] = []
  for await (const chunk of source.open()) chunks.push(chunk)
  return Buffer.concat(chunks).toString()
}

async function status(work: Promise<unknown>): Promise<number> {
  try {
    await work
  } catch (error) {
    if (isFdpError(error)) return error.status
    throw error
  }
  return 200
}

/** What every FileDrop must keep; see the port. */
export function fileDropContract(kind: string, openPlace: () => Promise<TestPlace>): void {
  describe(`file drop contract: ${kind}`, () => {
    it('lists plain files in the order of their names, with size and time', async () => {
      await using place = await openPlace()
      assert.deepEqual(await place.drop.list(), [])
      for (const name of ['b.csv', 'a.csv', 'B.csv', 'ü ä+%.csv']) await place.put(name, Buffer.from(name))
      const others = await place.putOther()
      const files = await place.drop.list()
      assert.deepEqual(
        files.map(({ name, bytes }) => [name, bytes]),
        ['B.csv', 'a.csv', 'b.csv', 'ü ä+%.csv'].map((name) => [name, Buffer.byteLength(name)]),
      )
      for (const { modifiedAt } of files) assert.match(modifiedAt, /^20\d\d-\d\d-\d\dT[\d:]+\.\d{3}Z$/)
      for (const name of others) assert.ok((await status(place.drop.open(name))) >= 400, name)
    })
    it('gives the same bytes each time, of files empty, small and large', async () => {
      await using place = await openPlace()
      const large = Buffer.alloc(700_001, 'abcdefghij\n')
      const contents = { empty: Buffer.alloc(0), small: Buffer.from('a,b\n1,2\n'), large }
      for (const [name, content] of Object.entries(contents)) await place.put(name, content)
      for (const [name, content] of Object.entries(contents)) {
        const source = await place.drop.open(name)
        assert.deepEqual([source.name, source.bytes], [name, content.length])
        for (const _ of [1, 2]) assert.ok((await textOf(source)) === content.toString(), name)
      }
    })
    it('may be read in part, and by many at once', async () => {
      await using place = await openPlace()
      await place.put('large', Buffer.alloc(400_000, 'x'))
      const source = await place.drop.open('large')
      for await (const chunk of source.open()) {
        assert.ok(chunk.length > 0)
        break
      }
      const texts = await Promise.all([1, 2, 3, 4].map(() => textOf(source)))
      assert.deepEqual(
        texts.map((text) => text.length),
        Array(4).fill(400_000),
      )
      assert.equal((await place.drop.list()).length, 1)
    })
    it('refuses names that are none of the place', async () => {
      await using place = await openPlace()
      await place.put('a.csv', Buffer.from('x'))
      for (const name of ['', '.', '..', '../a.csv', 'x/../a.csv', '/a.csv', 'none.csv', './a.csv', 'a.csv/'])
        assert.ok([400, 404].includes(await status(place.drop.open(name))), name)
    })
    it('fails where a file changed or is gone after it was opened, before it is read and between two readings', async () => {
      await using place = await openPlace()
      await place.put('a.csv', Buffer.from('first'))
      const source = await place.drop.open('a.csv')
      assert.equal(await textOf(source), 'first')
      await place.put('a.csv', Buffer.from('other'))
      assert.equal(await status(textOf(source)), 409)
      const again = await place.drop.open('a.csv')
      await place.put('a.csv', Buffer.from('longer than before'))
      assert.equal(await status(textOf(again)), 409)
      const gone = await place.drop.open('a.csv')
      await place.remove('a.csv')
      assert.ok([404, 409].includes(await status(textOf(gone))))
    })
    it('says with status 503 that a place cannot be looked at', async () => {
      await using place = await openPlace()
      assert.equal(await status(place.nowhere.list()), 503)
    })
  })
}
