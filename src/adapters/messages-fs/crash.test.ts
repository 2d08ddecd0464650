import assert from 'node:assert/strict'
import { cpSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, it } from 'node:test'
import { systemRandom } from '#kernel'
import type { Rewritten, SegmentMark } from '#ports'
import { crashAtStep, traceSteps, unsafeRenames } from '../../../test/crash-steps.ts'
import { memoryKeys } from '../../../test/memory-keys.ts'
import { openFolderMessageLog } from './index.ts'

const keys = memoryKeys('rj1')
const root = mkdtempSync(join(tmpdir(), 'fdp-message-crash-'))
after(() => rmSync(root, { recursive: true, force: true }))

/** What the ledger would say. */
interface Record {
  marks: Map<string, SegmentMark>
  rewritten: Rewritten[]
}

const openLog = () => openFolderMessageLog(join(root, 'pas'), keys, systemRandom)

async function write(record: Record, ...texts: string[]): Promise<void> {
  await using log = await openLog()
  for (const text of texts) await log.append(Buffer.from(text))
  for (const mark of log.marks()) record.marks.set(mark.segment, mark)
}

async function read(record: Record): Promise<string[]> {
  await using log = await openLog()
  await log.settle(record.rewritten)
  const found: string[] = []
  for await (const each of log.read([...record.marks.values()])) found.push(Buffer.from(each).toString())
  return found.sort()
}

/** Takes everything with `gone` out, and goes on after it, as whoever is called again does. */
async function rewrite(record: Record): Promise<void> {
  await using log = await openLog()
  await log.settle(record.rewritten)
  for await (const _ of log.read([...record.marks.values()]));
  const rewritten = await log.rewrite((each) => !Buffer.from(each).includes('gone'))
  for (const { segment, by } of rewritten) {
    record.marks.delete(segment)
    if (by) record.marks.set(by.segment, by)
  }
  record.rewritten.push(...rewritten)
  await log.settle(record.rewritten)
  await log.append(Buffer.from('after'))
}

it('takes records out whole, whichever step it dies at, and loses no other', async () => {
  const record: Record = { marks: new Map(), rewritten: [] }
  await write(record, 'a', 'gone 1', 'b')
  await write(record, 'c')
  await write(record, 'gone 2')
  cpSync(join(root, 'pas'), join(root, 'before'), { recursive: true })
  const startAgain = (): Record => {
    rmSync(join(root, 'pas'), { recursive: true })
    cpSync(join(root, 'before'), join(root, 'pas'), { recursive: true })
    return { marks: new Map(record.marks), rewritten: [] }
  }
  let crashes = 0
  for (let at = 0, isCrashed = true; isCrashed; at++) {
    const now = startAgain()
    isCrashed = await crashAtStep(at, () => rewrite(now))
    const isOnRecord = now.rewritten.length > 0
    const left = (await read(now)).filter((text) => text !== 'after')
    assert.deepEqual(left, isOnRecord ? ['a', 'b', 'c'] : ['a', 'b', 'c', 'gone 1', 'gone 2'], `step ${at}`)
    if (isCrashed) crashes++
    await rewrite(now)
    assert.deepEqual(
      (await read(now)).filter((text) => text !== 'after'),
      ['a', 'b', 'c'],
      `again, step ${at}`,
    )
    assert.ok(
      readdirSync(join(root, 'pas')).every((name) => name.endsWith('.log')),
      'nothing is left beside it',
    )
    // A number is used once: what comes now takes the name of nothing that has gone.
    const names = new Set(now.rewritten.map(({ segment }) => segment))
    assert.ok(readdirSync(join(root, 'pas')).every((name) => !names.has(name)))
  }
  assert.ok(crashes > 12, `only ${crashes} steps were seen`)
  const last = startAgain()
  assert.deepEqual(unsafeRenames(await traceSteps(() => rewrite(last))), [])
})
