import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { openFolderLedgerStore } from '#adapters/ledger-fs'
import { memoryDisk, openMemoryLedgerStore } from '#adapters/ledger-memory'
import type { LedgerStore } from '#ports'

/** One adapter under test: opens the same store again and again, and cleans up. */
interface Subject {
  open(): Promise<LedgerStore>
  remove(): Promise<void>
}

const subjects: Record<string, () => Promise<Subject>> = {
  'ledger-memory': async () => {
    const disk = memoryDisk()
    return { open: async () => openMemoryLedgerStore(disk), remove: async () => {} }
  },
  'ledger-fs': async () => {
    const folder = await mkdtemp(join(tmpdir(), 'openfdp-ledger-store-'))
    const remove = () => rm(folder, { recursive: true })
    return { open: () => openFolderLedgerStore(join(folder, 'ledger')), remove }
  },
}

for (const [name, make] of Object.entries(subjects)) {
  const check = (what: string, test: (subject: Subject) => Promise<void>) =>
    it(what, async () => {
      const subject = await make()
      try {
        await test(subject)
      } finally {
        await subject.remove()
      }
    })

  describe(`contract of the LedgerStore port: ${name}`, () => {
    check('a second writer is refused while the first lives, or shuts the first out', async ({ open }) => {
      const first = await open()
      const second = await open().catch((error) => {
        assert.equal(error.code, 'FDP_LEDGER_LOCKED')
        return null
      })
      if (second) await assert.rejects(first.append('journal/1', bytesOf('late')))
      await (second ?? first).close()
    })

    check('the fencing number rises with each opening', async ({ open }) => {
      const fences: number[] = []
      for (let i = 0; i < 3; i++) {
        const store = await open()
        fences.push(store.fence)
        await store.close()
      }
      assert.deepEqual(fences, [1, 2, 3])
    })

    check('a file that is not there reads as null and is removed without an error', async ({ open }) => {
      const store = await open()
      assert.deepEqual(await store.list(), [])
      assert.equal(await store.read('tile/0/000'), null)
      await store.remove(['tile/0/000', 'tile/0/001.p/3'])
      await store.close()
    })

    check('a path out of the store is refused', async ({ open }) => {
      const store = await open()
      for (const path of ['../x', '/x', 'a/../../x', 'a//b', '']) {
        if (name === 'ledger-fs') await assert.rejects(async () => store.write([{ path, bytes: bytesOf('x') }]))
      }
      await store.close()
    })

    check('appends add up, over openings too, and truncate cuts them', async ({ open }) => {
      let store = await open()
      await store.append('journal/0000', bytesOf('one '))
      await store.append('journal/0000', bytesOf('two '))
      await store.append('journal/0004', bytesOf('other'))
      await store.append('journal/0000', bytesOf('three'))
      await store.close()
      store = await open()
      await store.append('journal/0000', bytesOf('!'))
      assert.equal(await textOf(store, 'journal/0000'), 'one two three!')
      await store.truncate('journal/0000', 7)
      assert.equal(await textOf(store, 'journal/0000'), 'one two')
      await store.append('journal/0000', bytesOf('.'))
      assert.equal(await textOf(store, 'journal/0000'), 'one two.')
      assert.deepEqual(await store.list(), ['journal/0000', 'journal/0004'])
      await store.close()
    })

    check('write replaces whole files, many at once, and may be repeated', async ({ open }) => {
      const store = await open()
      const files = Array.from({ length: 100 }, (_, i) => ({ path: `tile/0/x001/${i}`, bytes: bytesOf(`tile ${i}`) }))
      await store.write(files)
      await store.write(files)
      await store.write([{ path: 'checkpoint', bytes: bytesOf('a longer first text') }])
      await store.write([{ path: 'checkpoint', bytes: bytesOf('short') }])
      await store.close()
      const again = await open()
      assert.equal((await again.list()).length, 101)
      assert.equal(await textOf(again, 'tile/0/x001/42'), 'tile 42')
      assert.equal(await textOf(again, 'checkpoint'), 'short')
      await again.remove(files.map((file) => file.path))
      assert.deepEqual(await again.list(), ['checkpoint'])
      await again.close()
    })

    check('what was handed in may be changed by the caller afterwards', async ({ open }) => {
      const store = await open()
      const bytes = Buffer.from('as it was')
      await store.append('journal/0000', bytes)
      await store.write([{ path: 'checkpoint', bytes }])
      bytes.fill(0)
      assert.equal(await textOf(store, 'journal/0000'), 'as it was')
      assert.equal(await textOf(store, 'checkpoint'), 'as it was')
      await store.close()
    })
  })
}

function bytesOf(text: string): Uint8Array {
  return Buffer.from(text, 'utf8')
}

async function textOf(store: LedgerStore, path: string): Promise<string> {
  return Buffer.from((await store.read(path))!).toString('utf8')
}
