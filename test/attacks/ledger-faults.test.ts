import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type FaultKind, type MemoryDisk, memoryDisk } from '#adapters/ledger-memory'
import { isFdpError } from '#kernel'
import { type Ledger, parseCheckpoint, parseNote, verifyConsistency, verifyLedger, type Witness } from '#ledger'
import { exampleEntry, keys, openOn, origin, readerOf, witnessOf } from './ledger-fixture.ts'

/** What callers were told, over all openings of one disk. */
interface Told {
  /** Index → governance `i` of acknowledged entries. */
  readonly acknowledged: Map<number, number>
  readonly checkpoints: string[]
  readonly erased: Set<number>
  /** Outlives every crash: it would see a fork. */
  readonly witness: Witness
}

let serial = 0

function nothingTold(): Told {
  return { acknowledged: new Map(), checkpoints: [], erased: new Set(), witness: witnessOf() }
}

/** A scenario with every kind of call: batches, an erasure, a cosignature, key rotation, settling, closing. */
async function work(ledger: Ledger, told: Told): Promise<void> {
  const append = async () => {
    const i = serial++
    const { index } = await ledger.append(exampleEntry(i))
    told.acknowledged.set(index, i)
    return index
  }
  const together = async (count: number) => {
    const results = await Promise.allSettled(Array.from({ length: count }, append))
    const failed = results.find((result) => result.status === 'rejected')
    if (failed) throw failed.reason
    told.checkpoints.push(ledger.checkpoint())
  }
  await together(20)
  const target = await erasable(ledger)
  await ledger.eraseDetail(target, 'asked for')
  told.erased.add(target)
  await ledger.addCosignature(
    await told.witness.cosign({
      origin,
      vkey: ledger.vkey,
      checkpoint: ledger.checkpoint(),
      consistencyProof: await ledger.consistencyProof(await told.witness.seen(origin)),
    }),
  )
  await together(300)
  await ledger.rewrapDetails()
  await together(3)
  told.checkpoints.push(ledger.checkpoint())
  await ledger.close()
}

async function erasable(ledger: Ledger): Promise<number> {
  for (let index = ledger.size - 20; index < ledger.size; index++) {
    if ((await ledger.detail(index)).state === 'present') return index
  }
  throw new Error('the scenario appends a detail')
}

/** Opens again as after a crash and looks at everything that was ever told. */
async function checkAll(disk: MemoryDisk, told: Told, what: string): Promise<void> {
  disk.fault = null
  const ledger = await openOn(disk, [told.witness.vkey])
  for (const [index, i] of told.acknowledged) {
    assert.equal((await ledger.entry(index)).governance.i, i, `${what}: entry ${index} is lost`)
  }
  for (const index of told.erased) assert.equal((await ledger.detail(index)).state, 'erased', what)
  const last = parseCheckpoint(parseNote(ledger.checkpoint()).text)
  for (const note of told.checkpoints) {
    const { size, root } = parseCheckpoint(parseNote(note).text)
    const proof = await ledger.consistencyProof(size, last.size)
    assert.ok(verifyConsistency(size, last.size, proof, root, last.root), `${what}: the log forked`)
  }
  const { findings } = await verifyLedger(readerOf(disk.files), ledger.vkey, { keys })
  assert.deepEqual(findings, [], what)
  await ledger.close()
  const closed = await verifyLedger(readerOf(disk.files), ledger.vkey, { keys })
  assert.deepEqual(closed.findings, [], `${what}, closed`)
}

async function tryToWork(disk: MemoryDisk, told: Told): Promise<void> {
  try {
    await work(await openOn(disk, [told.witness.vkey]), told)
  } catch (error) {
    const isPlanned = error instanceof Error && error.message.startsWith('planned fault')
    assert.ok(isPlanned || isFdpError(error, 'FDP_LEDGER_UNAVAILABLE'), String(error))
  }
}

async function runWithFault(kind: FaultKind, call: number): Promise<boolean> {
  const disk = memoryDisk()
  const told = nothingTold()
  disk.fault = { call, kind }
  let ledger: Ledger | null = null
  let failed = false
  try {
    ledger = await openOn(disk, [told.witness.vkey])
    await work(ledger, told)
  } catch (error) {
    failed = true
    const isPlanned = error instanceof Error && error.message.startsWith('planned fault')
    assert.ok(isPlanned || isFdpError(error, 'FDP_LEDGER_UNAVAILABLE'), String(error))
  }
  const what = `call ${call} failed and was ${kind}`
  if (failed && ledger) {
    await assert.rejects(ledger.append(exampleEntry(0)), { code: 'FDP_LEDGER_UNAVAILABLE' }, what)
    await assert.rejects(ledger.entry(0), { code: 'FDP_LEDGER_UNAVAILABLE' }, what)
    assert.throws(() => ledger.checkpoint(), { code: 'FDP_LEDGER_UNAVAILABLE' }, what)
  }
  const reader = readerOf(new Map(disk.files))
  if (ledger) assert.deepEqual((await verifyLedger(reader, ledger.vkey)).findings, [], `${what}, as it lies`)
  await checkAll(disk, told, what)
  return failed
}

describe('a store that fails at any call loses and forks nothing', () => {
  for (const kind of ['not-stored', 'stored', 'partly-stored'] as const) {
    it(`each call in turn fails and is ${kind}`, async () => {
      let call = 0
      while (await runWithFault(kind, call)) call += 1
      assert.ok(call > 15, `only ${call} calls were reached`)
    })
  }

  it('a second failure while recovering from the first', async () => {
    for (const kind of ['not-stored', 'stored', 'partly-stored'] as const) {
      for (let call = 0; call < 8; call += process.env.FDP_TEST_FULL ? 1 : 2) {
        const disk = memoryDisk()
        const told = nothingTold()
        disk.fault = { call: 10, kind }
        await tryToWork(disk, told)
        disk.fault = { call: disk.calls + call, kind }
        await tryToWork(disk, told)
        await checkAll(disk, told, `recovery call ${call} failed and was ${kind}`)
      }
    }
  })
})
