import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { memoryDisk, memoryWitnessStore, openMemoryLedgerStore } from '#adapters/ledger-memory'
import { isFdpError, type JsonObject, manualClock, seededRandom } from '#kernel'
import { memoryKeys } from '../../test/memory-keys.ts'
import {
  hashLeaf,
  type Ledger,
  openLedger,
  openWitness,
  parseCheckpoint,
  parseNote,
  verifyConsistency,
  verifyInclusion,
  verifyLedger,
  verifyPersonProof,
} from './index.ts'
import { decodeEntryBundle } from './tiles.ts'

const origin = 'rj1.openfdp.example/ledger'

function bench(witnesses: string[] = []) {
  const disk = memoryDisk()
  const clock = manualClock('2026-01-31T09:30:00Z')
  const keys = memoryKeys('rj1', 'ledger-tests')
  const reader = { list: async () => [...disk.files.keys()], read: async (p: string) => disk.files.get(p) ?? null }
  const open = (withKeys = keys) => {
    const store = openMemoryLedgerStore(disk)
    return openLedger({ store, keys: withKeys, clock, random: seededRandom(`${store.fence}`), origin, witnesses })
  }
  return { disk, clock, keys, open, reader }
}

const read = (i: number) => ({ type: 'read.opened', governance: { i } })

async function all(ledger: Ledger, from?: number, to?: number) {
  const entries = []
  for await (const entry of ledger.entries(from, to)) entries.push(entry)
  return entries
}

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
      await assert.rejects(open(memoryKeys('rj1', 'a stranger')), { code: 'FDP_LEDGER_DAMAGED' }, path)
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

describe('erasing a detail', () => {
  it('destroys ciphertext and key, keeps the tree, and is reported with its entry', async () => {
    const { disk, keys, open, reader } = bench()
    const ledger = await open()
    for (let i = 0; i < 3; i++) await ledger.append({ ...read(i), detail: { i }, persons: ['1', '2'] })
    await ledger.settle()
    const before = JSON.parse(Buffer.from(disk.files.get('details/000')!).toString('utf8').split('\n')[2]!)
    assert.equal(before.index, 2)
    const root = parseCheckpoint(parseNote(ledger.checkpoint()).text)
    const { index: by } = await ledger.eraseDetail(2, 'a request under article 17')
    assert.deepEqual(await ledger.detail(2), { state: 'erased', by })
    assert.equal(await ledger.personProof(2, '1'), null)
    for (const bytes of disk.files.values()) assert.ok(!Buffer.from(bytes).includes(before.ciphertext))
    const header = JSON.parse(Buffer.from(disk.files.get('details/000')!).toString('utf8').split('\n')[0]!)
    assert.deepEqual(header.keys.indexes, [1, 3])
    assert.equal((await ledger.detail(1)).state, 'present')
    await assert.rejects(ledger.eraseDetail(2, 'again'), { code: 'FDP_LEDGER_NO_DETAIL' })
    const now = parseCheckpoint(parseNote(ledger.checkpoint()).text)
    assert.ok(verifyConsistency(root.size, now.size, await ledger.consistencyProof(root.size), root.root, now.root))
    await ledger.close()
    const report = await verifyLedger(reader, ledger.vkey, { keys })
    assert.deepEqual([report.findings, report.erased], [[], [{ entry: 2, by, pending: false }]])
    assert.deepEqual(report.details, { present: 2, opened: 2 })
  })

  it('an absent detail, or one marked erased without an entry, is a finding', async () => {
    const { disk, open, reader } = bench()
    const ledger = await open()
    await ledger.append({ ...read(0), detail: { i: 0 } })
    await ledger.close()
    disk.files.delete('details/000')
    const [finding] = (await verifyLedger(reader, ledger.vkey)).findings
    assert.deepEqual([finding?.file, finding?.entry], ['details/000', 1])
    await assert.rejects((await open()).detail(1), { code: 'FDP_LEDGER_DAMAGED' })
  })

  it('wraps keys anew, after which the old wrapping key may go', async () => {
    const { keys, open } = bench()
    const ledger = await open()
    for (let i = 0; i < 300; i++) await ledger.append({ ...read(i), detail: { i } })
    await keys.rotateWrapping()
    assert.deepEqual(await ledger.rewrapDetails(), { bundles: 2 })
    await keys.destroyWrapping(1)
    assert.deepEqual(await ledger.detail(5), { state: 'present', detail: { i: 4 }, persons: null })
  })
})

describe('a person`s proof', () => {
  it('verifies offline, shows no other person and no detail, and fails when anything in it is changed', async () => {
    const ledger = await bench().open()
    const persons = ['11', '22', '33', '44', '55']
    const { index } = await ledger.append({ ...read(7), detail: { filter: 'a canary' }, persons })
    await ledger.append(read(8))
    for (const person of persons) {
      const proof = (await ledger.personProof(index, person))!
      const { entry, ...rest } = verifyPersonProof(proof, ledger.vkey)
      assert.deepEqual([entry.index, entry.governance, rest], [index, { i: 7 }, { person, count: 5 }])
      const text = JSON.stringify(proof)
      assert.ok(!text.includes('a canary'))
      for (const other of persons) if (other !== person) assert.ok(!text.includes(`"${other}"`))
    }
    const proof = (await ledger.personProof(index, '33'))!
    const changes: JsonObject[] = [
      { person: '34' },
      { position: 1 },
      { persons: { root: proof.persons.root, count: 4 } },
      { persons: { root: '00'.repeat(32), count: 5 } },
      { opening: proof.opening.replace('"i":7', '"i":8') },
      { path: proof.path.slice(1) },
      { personPath: [] },
      { detailBody: '00'.repeat(32) },
      { detailSalt: proof.personSalt },
      { personSalt: proof.detailSalt },
      { personSalt: 7 },
    ]
    for (const change of changes) {
      assert.throws(() => verifyPersonProof({ ...proof, ...change }, ledger.vkey), { code: 'FDP_LEDGER_BAD_PROOF' })
    }
    assert.throws(() => verifyPersonProof({ ...proof, version: 2 }, ledger.vkey), { code: 'FDP_FORMAT_NEWER' })
    assert.equal(await ledger.personProof(index, '66'), null)
    assert.equal(await ledger.personProof(0, '11'), null)
  })
})

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
