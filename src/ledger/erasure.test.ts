import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { JsonObject } from '#kernel'
import { bench, read } from '../../test/ledger-bench.ts'
import { parseCheckpoint, parseNote, verifyConsistency, verifyLedger, verifyPersonProof } from './index.ts'

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

  it('happens once, though asked for twice at the same time', async () => {
    const { open, reader } = bench()
    const ledger = await open()
    await ledger.append({ ...read(0), detail: { i: 0 } })
    const results = await Promise.allSettled([ledger.eraseDetail(1, 'one'), ledger.eraseDetail(1, 'two')])
    assert.deepEqual(results.map(({ status }) => status).toSorted(), ['fulfilled', 'rejected'])
    assert.equal(ledger.size, 3)
    assert.deepEqual((await verifyLedger(reader, ledger.vkey)).findings, [])
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
