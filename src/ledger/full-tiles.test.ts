import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bench, read } from '../../test/ledger-bench.ts'
import { verifyLedger } from './index.ts'

/** Sizes around which a tile, or a tile of tiles, is exactly full: there is then no partial one to take up. */
const sizes = [255, 256, 257, 511, 512, 513, ...(process.env.FDP_TEST_FULL ? [65_535, 65_536, 65_537] : [])]

for (const size of sizes) {
  test(`a ledger that was closed at ${size} entries opens again, grows and verifies`, async () => {
    const { open, reader } = bench()
    const ledger = await open()
    const writes: Promise<unknown>[] = []
    for (let i = 1; i < size; i++) {
      writes.push(ledger.append(read(i)))
      if (i % 1_000 === 0) await Promise.all(writes.splice(0))
    }
    await Promise.all(writes)
    assert.equal(ledger.size, size)
    await ledger.close()

    const again = await open()
    assert.equal(again.size, size + 1)
    const { index } = await again.append(read(size + 1))
    assert.equal((await again.entry(size - 1)).index, size - 1)
    await again.close()
    const { findings, size: found } = await verifyLedger(reader, again.vkey)
    assert.deepEqual(findings, [])
    assert.equal(found, index + 1)
  })
}
