import assert from 'node:assert/strict'
import { copyFile, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { systemRandom } from '#kernel'
import type { SegmentMark } from '#ports'
import { findCanaries } from '../../../test/canary.ts'
import { memoryKeys } from '../../../test/memory-keys.ts'
import { openFolderMessageLog } from './index.ts'

const canary = 'Canary-9434765919'
const keys = memoryKeys('rj1')
const folders: string[] = []
after(() => Promise.all(folders.map((folder) => rm(folder, { recursive: true, force: true }))))

async function newFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'fdp-message-log-'))
  folders.push(folder)
  return join(folder, 'pas')
}

const openLog = (folder: string, of = keys) => openFolderMessageLog(folder, of, systemRandom)

/** All that a log holds, and its marks. */
async function read(folder: string, known: readonly SegmentMark[] = [], of = keys) {
  await using log = await openLog(folder, of)
  const records: string[] = []
  for await (const record of log.read(known)) records.push(Buffer.from(record).toString())
  return { records, marks: log.marks() }
}

/** A segment of these. */
async function write(folder: string, ...records: string[]): Promise<readonly SegmentMark[]> {
  await using log = await openLog(folder)
  await Promise.all(records.map((record) => log.append(Buffer.from(record))))
  return log.marks()
}

describe('a log of messages in a folder', () => {
  it('gives back what was written, in order, over many openings, and nothing readable is on disk', async () => {
    const folder = await newFolder()
    const long = canary.repeat(100_000)
    const marks = [
      ...(await write(folder, 'a', long, '')),
      ...(await write(folder, 'b')),
      ...(await write(folder, 'c', 'd')),
    ]
    assert.deepEqual(await write(folder), [])
    const found = await read(folder, marks)
    assert.deepEqual(found.records, ['a', long, '', 'b', 'c', 'd'])
    assert.deepEqual(found.marks, marks)
    assert.deepEqual((await readdir(folder)).length, 3, 'an opening that writes nothing leaves nothing')
    assert.deepEqual(await findCanaries(folder, [canary]), [])
  })

  it('keeps what is whole of a segment that was cut short, at whatever length', async () => {
    const folder = await newFolder()
    const [mark] = await write(folder, 'first', 'second')
    const [name = ''] = await readdir(folder)
    const whole = await readFile(join(folder, name))
    const start = whole.length - mark!.bytes
    const one = start + (mark!.bytes - 1) / 2
    for (let length = 0; length <= whole.length; length++) {
      await writeFile(join(folder, name), whole.subarray(0, length))
      const { records } = await read(folder)
      assert.equal(records.length, length < one ? 0 : length < whole.length ? 1 : 2, `${length} bytes`)
    }
  })

  it('refuses anything else than what is known to be there', async () => {
    const folder = await newFolder()
    const known = [...(await write(folder, 'first')), ...(await write(folder, 'other'))]
    const [name = '', other = ''] = (await readdir(folder)).sort()
    const whole = await readFile(join(folder, name))
    const refused = (of = keys) => assert.rejects(read(folder, known, of), { code: 'FDP_MESSAGELOG_DAMAGED' })
    for (let i = 0; i < whole.length; i++) {
      const changed = Buffer.from(whole)
      changed[i] = changed[i]! ^ 2
      await writeFile(join(folder, name), changed)
      await assert.rejects(read(folder, known), { code: /FDP_MESSAGELOG_DAMAGED|FDP_FORMAT_NEWER/ })
    }
    await copyFile(join(folder, other), join(folder, name))
    await refused()
    await rm(join(folder, name))
    await refused()
    await writeFile(join(folder, name), whole)
    assert.deepEqual((await read(folder, known)).records, ['first', 'other'])
    await refused(memoryKeys('rj1'))
    const moved = join(folder, '..', 'other-dock')
    await rename(folder, moved)
    await assert.rejects(read(moved, known), { code: 'FDP_MESSAGELOG_DAMAGED' })
  })

  it('takes nothing once it is closed', async () => {
    const log = await openLog(await newFolder())
    const last = log.append(Buffer.from('a'))
    await log.close()
    await last
    await assert.rejects(log.append(Buffer.from('b')), { code: 'FDP_MESSAGELOG_CLOSED' })
  })
})
