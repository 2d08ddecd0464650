import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { isFdpError } from '#kernel'
import { all, bench, read } from '../../test/ledger-bench.ts'
import { memoryKeys } from '../../test/memory-keys.ts'
import { fc } from '../../test/random.ts'
import { hashLeaf, parseCheckpoint, parseNote, verifyConsistency, verifyInclusion, verifyLedger } from './index.ts'
import { decodeEntryBundle } from './tiles.ts'

describe('what the ledger refuses', () => {
  it('types of its own, texts over the limit, too many persons, a person twice', async () => {
    const ledger = await bench().open()
    const append = (input: object) => ledger.append({ ...read(0), ...input })
    await assert.rejects(append({ type: 'ledger.opened' }), { code: 'FDP_LEDGER_RESERVED_TYPE' })
    await assert.rejects(append({ type: 'detail.erased' }), { code: 'FDP_LEDGER_RESERVED_TYPE' })
    await assert.rejects(append({ type: 'No Type' }), TypeError)
    await assert.rejects(append({ governance: { a: 'é'.repeat(33_000) } }), { code: 'FDP_LEDGER_ENTRY_TOO_LARGE' })
    await assert.rejects(append({ detail: { a: 'x'.repeat(1024 * 1024) } }), { code: 'FDP_LEDGER_ENTRY_TOO_LARGE' })
    const many = Array.from({ length: 10_001 }, (_, i) => String(i))
    await assert.rejects(append({ persons: many }), { code: 'FDP_LEDGER_TOO_MANY_PERSONS' })
    await assert.rejects(append({ persons: ['1', '2', '1'] }), TypeError)
    await assert.rejects(append({ governance: { a: Number.NaN } }))
    assert.equal(ledger.size, 1)
    assert.equal((await append({ persons: many.slice(0, 10_000) })).index, 1)
  })

  it('entries, details and proofs that do not exist', async () => {
    const ledger = await bench().open()
    for (const index of [-1, 1, 0.5, Number.NaN]) {
      await assert.rejects(ledger.entry(index), { code: 'FDP_LEDGER_NO_ENTRY' })
      await assert.rejects(ledger.detail(index), { code: 'FDP_LEDGER_NO_ENTRY' })
      await assert.rejects(ledger.inclusionProof(index), { code: 'FDP_LEDGER_BAD_RANGE' })
    }
    await assert.rejects(ledger.consistencyProof(1, 2), { code: 'FDP_LEDGER_BAD_RANGE' })
    await assert.rejects(ledger.eraseDetail(0, 'none'), { code: 'FDP_LEDGER_NO_DETAIL' })
    await assert.rejects(all(ledger, 0, 2), { code: 'FDP_LEDGER_BAD_RANGE' })
  })

  it('a clock behind the last entry, beyond two seconds (law 4)', async () => {
    const { clock, open } = bench()
    const ledger = await open()
    const { time } = await ledger.append(read(0))
    clock.advanceMs(-2_000)
    assert.equal((await ledger.append(read(1))).time, time)
    clock.advanceMs(-1)
    await assert.rejects(ledger.append(read(2)), { code: 'FDP_LEDGER_CLOCK_BACK' })
    await ledger.close()
    await assert.rejects(open(), { code: 'FDP_LEDGER_CLOCK_BACK' })
    clock.advanceMs(2_001)
    assert.equal((await all(await open())).at(-1)!.type, 'ledger.opened')
  })

  it('everything after it is closed', async () => {
    const ledger = await bench().open()
    await ledger.close()
    await assert.rejects(ledger.append(read(0)), { code: 'FDP_LEDGER_UNAVAILABLE' })
    await assert.rejects(ledger.entry(0), { code: 'FDP_LEDGER_UNAVAILABLE' })
  })

  it('to open over a damaged file, a missing checkpoint, or another tenant`s key', async () => {
    for (const path of ['checkpoint', 'openings/000', 'tile/0/000.p/4']) {
      const { disk, open } = bench()
      const ledger = await open()
      for (let i = 0; i < 3; i++) await ledger.append(read(i))
      await ledger.close()
      const bytes = Buffer.from(disk.files.get(path)!)
      bytes[bytes.length - 5]! ^= 1
      const whole = disk.files.get(path)!
      disk.files.set(path, bytes)
      await assert.rejects(open(), { code: 'FDP_LEDGER_DAMAGED' }, path)
      disk.files.delete(path)
      await assert.rejects(open(), { code: 'FDP_LEDGER_DAMAGED' }, path)
      disk.files.set(path, whole)
      await assert.rejects(open({ keys: memoryKeys('rj1', 'a stranger') }), { code: 'FDP_LEDGER_DAMAGED' }, path)
      await (await open()).close()
    }
  })

  it('to cut an acknowledged journal batch that was damaged', async () => {
    const { disk, open } = bench()
    const ledger = await open()
    await ledger.append(read(0))
    const path = [...disk.files.keys()].find((name) => name.startsWith('journal/'))!
    const bytes = Buffer.from(disk.files.get(path)!)
    bytes[bytes.length - 1]! ^= 1
    disk.files.set(path, bytes)
    await assert.rejects(open(), (error) => isFdpError(error, 'FDP_LEDGER_DAMAGED') && error.params.file === path)
    assert.deepEqual(disk.files.get(path), bytes)
  })
})

describe('the ledger', () => {
  it('gives back what was appended, in order, from memory and from bundles, before and after opening again', async () => {
    const { open } = bench()
    let ledger = await open()
    await Promise.all(Array.from({ length: 600 }, (_, i) => ledger.append(read(i))))
    const expected = Array.from({ length: 600 }, (_, i) => i)
    const found = async () => (await all(ledger, 1, 601)).map((entry) => entry.governance.i)
    assert.deepEqual(await found(), expected)
    await ledger.settle()
    assert.deepEqual(await found(), expected)
    await ledger.close()
    ledger = await open()
    assert.deepEqual(await found(), expected)
    assert.deepEqual(
      (await all(ledger)).map((entry) => entry.index),
      Array.from({ length: 602 }, (_, i) => i),
    )
  })

  it('fixes an input when it is appended', async () => {
    const ledger = await bench().open()
    const governance: Record<string, number> = { i: 1 }
    const appending = ledger.append({ type: 'read.opened', governance, persons: [] })
    governance.i = 2
    assert.equal((await ledger.entry((await appending).index)).governance.i, 1)
  })

  it('tells listeners in index order, after durability and before append resolves', async () => {
    const { disk, open } = bench()
    const ledger = await open()
    const told: number[] = []
    ledger.onAppend((entry) => {
      assert.ok(ledger.size > entry.index)
      assert.ok([...disk.files.values()].some((bytes) => Buffer.from(bytes).includes(`"index":${entry.index},`)))
      told.push(entry.index)
    })
    const appends = Array.from({ length: 100 }, async (_, i) => {
      const { index } = await ledger.append(read(i))
      assert.ok(told.includes(index))
    })
    await Promise.all(appends)
    assert.deepEqual(
      told,
      Array.from({ length: 100 }, (_, i) => i + 1),
    )
  })

  it('loses nothing appended while it settles, nothing new having come since the last time', async () => {
    const { open } = bench()
    const ledger = await open()
    await ledger.settle()
    const [{ index }] = await Promise.all([ledger.append(read(7)), ledger.settle()])
    assert.equal((await (await open()).entry(index)).governance.i, 7)
  })

  it('holds under any mix of concurrent acts and crashes', async () => {
    const acts = fc.array(
      fc.constantFrom('append', 'append', 'many', 'settle', 'erase', 'rewrap', 'wait', 'crash', 'close'),
      {
        maxLength: 25,
      },
    )
    await fc.assert(fc.asyncProperty(acts, mixOfActs), { numRuns: 40 })
  })

  it('flushes concurrent appends together', async () => {
    const { disk, open } = bench()
    const ledger = await open()
    const before = disk.calls
    await Promise.all(Array.from({ length: 500 }, (_, i) => ledger.append(read(i))))
    assert.ok(disk.calls - before <= 2, `${disk.calls - before} flushes`)
  })

  it('proves inclusion and consistency at every size, before and after settling', async () => {
    const { disk, open } = bench()
    const ledger = await open()
    await Promise.all(Array.from({ length: 520 }, (_, i) => ledger.append(read(i))))
    const earlier = parseCheckpoint(parseNote(ledger.checkpoint()).text)
    await ledger.close()
    const again = await open()
    await again.append(read(1))
    const now = parseCheckpoint(parseNote(again.checkpoint()).text)
    const leaves = ['tile/entries/000', 'tile/entries/001'].flatMap((p) => decodeEntryBundle(disk.files.get(p)!))
    for (const index of [0, 1, 255, 256, 511]) {
      const proof = await again.inclusionProof(index)
      assert.ok(verifyInclusion(hashLeaf(leaves[index]!), index, now.size, proof, now.root))
      const inEarlier = await again.inclusionProof(index, earlier.size)
      assert.ok(verifyInclusion(hashLeaf(leaves[index]!), index, earlier.size, inEarlier, earlier.root))
    }
    const proof = await again.consistencyProof(earlier.size)
    assert.ok(verifyConsistency(earlier.size, now.size, proof, earlier.root, now.root))
  })

  it('stops when a listener fails, for what it folds is then unknown', async () => {
    const { open } = bench()
    const ledger = await open()
    ledger.onAppend(() => {
      throw new Error('a bug in a listener')
    })
    await assert.rejects(ledger.append(read(0)), { code: 'FDP_LEDGER_UNAVAILABLE' })
    await assert.rejects(ledger.entry(0), { code: 'FDP_LEDGER_UNAVAILABLE' })
    await ledger.close()
    assert.equal((await open()).size, 3)
  })

  it('does not begin a new log where one must exist', async () => {
    const { open } = bench()
    await assert.rejects(open({ mustExist: true }), { code: 'FDP_LEDGER_EMPTY' })
    await (await open()).close()
    await (await open({ mustExist: true })).close()
  })

  it('notes its fencing number and what it recovered at each opening', async () => {
    const { open } = bench()
    await (await open()).append(read(0))
    const governance = (await all(await open())).at(-1)!.governance
    assert.deepEqual(governance, { fence: 2, witnesses: [], journalEntries: 2, cutBytes: 0 })
  })

  it('holds no detail and no person in the clear', async () => {
    const { disk, open } = bench()
    const ledger = await open()
    await ledger.append({ ...read(0), detail: { filter: 'a canary' }, persons: ['9434765919'] })
    const look = () => {
      for (const [path, bytes] of disk.files) {
        for (const text of ['a canary', '9434765919', Buffer.from('a canary').toString('base64').slice(0, 9)]) {
          assert.ok(!Buffer.from(bytes).includes(text), path)
        }
      }
    }
    look()
    await ledger.close()
    look()
  })
})

/** Runs acts without waiting between them unless told; then opens again and looks for everything acknowledged. */
async function mixOfActs(acts: readonly string[]): Promise<void> {
  const { keys, open, reader } = bench()
  let ledger = await open()
  const acknowledged = new Map<number, number>()
  const erased = new Set<number>()
  let running: Promise<unknown>[] = []
  const append = async (i: number) => {
    acknowledged.set((await ledger.append({ ...read(i), detail: { i }, persons: ['1'] })).index, i)
  }
  const erase = async (index: number) => {
    await ledger.eraseDetail(index, 'a request')
    erased.add(index)
  }
  for (const [i, act] of acts.entries()) {
    const target = [...acknowledged.keys()].find((index) => !erased.has(index))
    if (act === 'append') running.push(append(i))
    else if (act === 'many') for (let k = 0; k < 100; k++) running.push(append(i))
    else if (act === 'settle') running.push(ledger.settle())
    else if (act === 'rewrap') running.push(ledger.rewrapDetails())
    else if (act === 'erase' && target !== undefined) running.push(erase(target).catch(ignoreErasedBefore))
    else if (act === 'wait') await Promise.all(running)
    else if (act === 'close' || act === 'crash') {
      await Promise.all(running)
      if (act === 'close') await ledger.close()
      running = []
      ledger = await open()
    }
  }
  await Promise.all(running)
  ledger = await open()
  for (const [index, i] of acknowledged) assert.equal((await ledger.entry(index)).governance.i, i)
  for (const index of erased) assert.equal((await ledger.detail(index)).state, 'erased')
  await ledger.close()
  const report = await verifyLedger(reader, ledger.vkey, { keys })
  assert.deepEqual(report.findings, [])
  assert.equal(report.details.opened, acknowledged.size - erased.size)
}

function ignoreErasedBefore(error: unknown): void {
  if (!isFdpError(error, 'FDP_LEDGER_NO_DETAIL')) throw error
}
