import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { verifyLedger } from '#ledger'
import { keys, readerOf, smallLedger } from './ledger-fixture.ts'

/** Every byte in the full run; in the daily one every so many, others in each file. */
const step = process.env.FDP_TEST_FULL ? 1 : 8

/** Flips one bit of each `step`-th byte of each file and demands a finding that names the file or lies in its entries. */
async function flipEach(disk: { files: Map<string, Uint8Array> }, vkey: string, step: number): Promise<number> {
  let flips = 0
  for (const [path, bytes] of disk.files) {
    for (let at = flips % step; at < bytes.length; at += step) {
      const changed = Buffer.from(bytes)
      changed[at]! ^= 1 << (at % 8)
      const { ok, findings } = await verifyLedger(readerOf(new Map(disk.files).set(path, changed)), vkey)
      assert.equal(ok, false, `byte ${at} of ${path} changed unseen`)
      assert.ok(
        findings.some((finding) => finding.file === path),
        `byte ${at} of ${path} changed, found only: ${JSON.stringify(findings)}`,
      )
      flips += 1
    }
  }
  return flips
}

describe('one flipped byte in a ledger is found and named', () => {
  it('finds nothing in the ledger as it is, with keys and without', async () => {
    const { disk, vkey } = await smallLedger(300)
    for (const options of [{}, { keys }]) {
      const report = await verifyLedger(readerOf(disk.files), vkey, options)
      assert.deepEqual(report.findings, [])
      assert.equal(report.size, 303)
      assert.deepEqual(report.erased, [{ entry: 1, by: 301, pending: false }])
      assert.equal(report.cosignatures.length, 1)
      assert.equal(report.journalEntries, 1)
    }
    const { details } = await verifyLedger(readerOf(disk.files), vkey, { keys })
    assert.deepEqual(details, { present: 200, opened: 200 })
  })

  it('bytes of every file of a small ledger, without keys; in the full run every one', async () => {
    const { disk, vkey } = await smallLedger(4)
    assert.ok((await flipEach(disk, vkey, step)) > 4_000 / step)
  })

  it('bytes of every file of a ledger with full tiles, without keys', async () => {
    const { disk, vkey } = await smallLedger(260)
    assert.ok((await flipEach(disk, vkey, 997)) > 100)
  })
})
