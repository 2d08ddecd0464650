import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { memoryWitnessStore } from '#adapters/ledger-memory'
import { manualClock } from '#kernel'
import { bench, origin, read } from '../../test/ledger-bench.ts'
import { memoryKeys } from '../../test/memory-keys.ts'
import { openWitness, parseCheckpoint, parseNote, verifyLedger } from './index.ts'

describe('a witness', () => {
  const clock = manualClock('2026-01-31T09:30:00Z')
  const witness = () =>
    openWitness({ name: 'icb/witness', keys: memoryKeys('icb', 'w'), clock, store: memoryWitnessStore() })

  it('cosigns what grows, and the ledger keeps the largest cosigned checkpoint', async () => {
    const watcher = witness()
    const { open, reader } = bench([watcher.vkey])
    const ledger = await open()
    for (let i = 0; i < 5; i++) {
      await ledger.append(read(i))
      const consistencyProof = await ledger.consistencyProof(await watcher.seen(origin))
      const line = await watcher.cosign({
        origin,
        vkey: ledger.vkey,
        checkpoint: ledger.checkpoint(),
        consistencyProof,
      })
      await ledger.append(read(i))
      await ledger.addCosignature(line)
      assert.equal(parseNote(ledger.cosigned()!).signatures.length, 2)
      assert.equal(await watcher.seen(origin), 2 * i + 2)
    }
    await ledger.close()
    const { cosignatures, findings } = await verifyLedger(reader, ledger.vkey)
    assert.deepEqual(findings, [])
    assert.deepEqual(cosignatures, [{ witness: 'icb/witness', size: 10, time: '2026-01-31T09:30:00.000Z' }])
    const line = parseNote((await open()).cosigned()!)
    assert.equal(parseCheckpoint(line.text).size, 10)
  })

  it('refuses a shrinking tree, a fork, a proof that does not hold, another key, another origin', async () => {
    const watcher = witness()
    const [one, two] = [bench(), bench()]
    const [ledger, fork] = [await one.open(), await two.open()]
    for (let i = 0; i < 3; i++) await ledger.append(read(i))
    const early = ledger.checkpoint()
    await ledger.append(read(3))
    const ask = (checkpoint: string, consistencyProof: readonly Uint8Array[] = [], vkey = ledger.vkey) =>
      watcher.cosign({ origin, vkey, checkpoint, consistencyProof })
    await ask(ledger.checkpoint())
    await ask(ledger.checkpoint())
    await assert.rejects(ask(early), { code: 'FDP_LEDGER_WITNESS_CONFLICT' })
    for (let i = 0; i < 4; i++) await fork.append(read(9))
    await assert.rejects(ask(fork.checkpoint()), { code: 'FDP_LEDGER_WITNESS_CONFLICT' })
    await fork.append(read(9))
    await assert.rejects(ask(fork.checkpoint(), await fork.consistencyProof(5)), {
      code: 'FDP_LEDGER_WITNESS_CONFLICT',
    })
    await ledger.append(read(4))
    await assert.rejects(ask(ledger.checkpoint()), { code: 'FDP_LEDGER_WITNESS_CONFLICT' })
    await assert.rejects(
      watcher.cosign({ origin: 'other', vkey: ledger.vkey, checkpoint: early, consistencyProof: [] }),
      {
        code: 'FDP_LEDGER_BAD_NOTE',
      },
    )
    await ask(ledger.checkpoint(), await ledger.consistencyProof(5))
  })

  it('is not believed by a ledger that does not know it', async () => {
    const watcher = witness()
    const ledger = await bench().open()
    const checkpoint = ledger.checkpoint()
    const line = await watcher.cosign({ origin, vkey: ledger.vkey, checkpoint, consistencyProof: [] })
    await assert.rejects(ledger.addCosignature(line), { code: 'FDP_LEDGER_UNKNOWN_WITNESS' })
    assert.equal(ledger.cosigned(), null)
  })

  it('shows that a ledger was set back behind what it cosigned', async () => {
    const watcher = witness()
    const { disk, open, reader } = bench([watcher.vkey])
    let ledger = await open()
    await ledger.close()
    const before = new Map(disk.files)
    ledger = await open()
    const checkpoint = ledger.checkpoint()
    await ledger.addCosignature(await watcher.cosign({ origin, vkey: ledger.vkey, checkpoint, consistencyProof: [] }))
    await ledger.close()
    for (const path of disk.files.keys()) if (path !== 'cosigned') disk.files.delete(path)
    for (const [path, bytes] of before) disk.files.set(path, bytes)
    await assert.rejects(open(), { code: 'FDP_LEDGER_DAMAGED' })
    const { findings } = await verifyLedger(reader, ledger.vkey)
    assert.deepEqual(new Set(findings.map(({ file }) => file)), new Set(['cosigned']))
  })
})
