import assert from 'node:assert/strict'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { findCanaries, formsOf } from './canary.ts'

const number = '9990001234'
const surname = 'Quillfeather'

describe('canary search', () => {
  let folder: string
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'openfdp-canary-'))
    await mkdir(join(folder, 'a', 'b'), { recursive: true })
  })
  after(() => rm(folder, { recursive: true, force: true }))

  async function formsFound(content: Uint8Array): Promise<string[]> {
    const file = join(folder, 'a', 'b', 'planted')
    await writeFile(file, content)
    const hits = await findCanaries(folder, [number, surname])
    await rm(file)
    assert.ok(hits.every((hit) => hit.file === file))
    return hits.map((hit) => hit.form)
  }

  it('finds nothing where nothing is', async () => {
    assert.deepEqual(await formsFound(Buffer.from('9990001235 999 000 1235 Quillfeathe')), [])
  })

  it('finds every form it knows, wherever it lies', async () => {
    for (const canary of [number, surname]) {
      for (const { form, bytes } of formsOf(canary)) {
        const found = await formsFound(Buffer.concat([Buffer.alloc(33, 0xff), bytes, Buffer.alloc(5, 0xff)]))
        assert.ok(found.includes(form), form)
      }
    }
  })

  it('finds a text inside encoded text at each alignment', async () => {
    for (const before of ['', 'x', 'xy', 'xyz']) {
      for (const after of ['', 'p', 'pq', 'pqr']) {
        const text = Buffer.from(`${before}{"nhs":"${number}"}${after}`)
        assert.notDeepEqual(await formsFound(Buffer.from(text.toString('base64'))), [])
        assert.notDeepEqual(await formsFound(Buffer.from(text.toString('base64url'))), [])
        assert.notDeepEqual(await formsFound(Buffer.from(text.toString('hex'))), [])
      }
    }
  })

  it('finds one across the border of two pieces, at its true offset', async () => {
    const file = join(folder, 'large')
    const border = 4 << 20
    for (const offset of [border - 10, border - 9, border - 5, border - 1, border, border + 1]) {
      const content = Buffer.alloc(border + 100, 0x2e)
      content.write(number, offset)
      await writeFile(file, content)
      const hits = await findCanaries(folder, [number])
      assert.deepEqual(hits, [{ file, offset, canary: number, form: 'utf-8' }])
    }
    await rm(file)
  })

  it('finds one in the name of a file', async () => {
    const file = join(folder, `${surname}.csv`)
    await writeFile(file, '')
    const hits = await findCanaries(folder, [surname])
    assert.deepEqual(hits, [{ file, offset: null, canary: surname, form: 'utf-8' }])
    await rm(file)
  })

  it('refuses a canary so short that chance would find it', async () => {
    await assert.rejects(findCanaries(folder, ['999']), RangeError)
  })
})
