import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Ledger } from '#ledger'
import type { Peer } from '#ports'
import { bench, origin, read } from '../ledger-bench.ts'

/** What every peer must keep, wherever it is. `fresh` gives one that has seen nothing. */
export function peerContract(name: string, fresh: () => Promise<Peer> | Peer): void {
  describe(`peer: ${name}`, () => {
    const show = async (peer: Peer, ledger: Ledger) => {
      const seen = (await peer.remembered(origin))?.size ?? 0
      const consistencyProof = seen === 0 || seen > ledger.size ? [] : await ledger.consistencyProof(seen)
      return peer.cosign({ origin, vkey: ledger.vkey, checkpoint: ledger.checkpoint(), consistencyProof })
    }
    const grown = async (entries: number, kind = 0) => {
      const ledger = await bench().open()
      for (let i = 0; i < entries; i++) await ledger.append(read(kind + i))
      return ledger
    }
    const conflict = { code: 'FDP_LEDGER_WITNESS_CONFLICT' }

    test('remembers what it cosigned, and cosigns what continues it', async () => {
      const peer = await fresh()
      assert.equal(await peer.remembered(origin), null)
      const ledger = await grown(3)
      await show(peer, ledger)
      assert.equal((await peer.remembered(origin))?.size, ledger.size)
      await ledger.append(read(9))
      assert.match(await show(peer, ledger), /^— /)
      assert.equal((await peer.remembered(origin))?.size, ledger.size)
    })

    test('a rollback is refused, and what was seen stays remembered', async () => {
      const peer = await fresh()
      const ledger = await grown(3)
      const early = { origin, vkey: ledger.vkey, checkpoint: ledger.checkpoint(), consistencyProof: [] }
      await ledger.append(read(9))
      await show(peer, ledger)
      const before = await peer.remembered(origin)
      await assert.rejects(peer.cosign(early), conflict)
      assert.deepEqual(await peer.remembered(origin), before)
    })

    test('a fork is refused, whether as long, longer, or with a proof of its own', async () => {
      const peer = await fresh()
      const [ledger, fork] = [await grown(4), await grown(4, 50)]
      await show(peer, ledger)
      const before = await peer.remembered(origin)
      await assert.rejects(show(peer, fork), conflict)
      await fork.append(read(60))
      await assert.rejects(show(peer, fork), conflict)
      assert.deepEqual(await peer.remembered(origin), before)
    })

    test('requests that come together are judged one after the other', async () => {
      const peer = await fresh()
      const [ledger, fork] = [await grown(4), await grown(4, 50)]
      const both = await Promise.allSettled([show(peer, ledger), show(peer, fork)])
      assert.deepEqual(both.map(({ status }) => status).sort(), ['fulfilled', 'rejected'])
    })
  })
}
