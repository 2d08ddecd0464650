import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { type Clock, type EntryIndex, isFdpError, manualClock } from '#kernel'
import type { Keys, Vault, VaultBlock, VaultSegment } from '#ports'
import { memoryKeys } from '../memory-keys.ts'
import { fc } from '../random.ts'

/** Opens the vault of a folder; the suite opens the same folder again to see what was kept. */
export type OpenVault = (root: string, keys: Keys, clock: Clock) => Promise<Vault>

const entry = (index: number) => index as EntryIndex
const refused = (code: string) => (error: unknown) => isFdpError(error, code)

export const personColumns = [
  { name: '_key', type: 'int64' },
  { name: 'nhsNumber', type: 'text' },
  { name: 'name', type: 'text' },
] as const

/** Blocks of made-up persons: `sizes` rows each, a null among them. */
export async function* personBlocks(sizes: readonly number[]): AsyncGenerator<{ rows: number; columns: string[] }> {
  let from = 0
  for (const rows of sizes) {
    const numbers = Array.from({ length: rows }, (_, i) => from + i)
    from += rows
    yield {
      rows,
      columns: [
        JSON.stringify(numbers.map((n) => String(9_007_199_254_740_993n + BigInt(n)))),
        JSON.stringify(numbers.map((n) => (n % 7 === 3 ? null : `999${String(n).padStart(7, '0')}`))),
        JSON.stringify(numbers.map((n) => `Zoë "Quote" O’Neil ${n}`)),
      ],
    }
  }
}

export async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = []
  for await (const item of items) all.push(item)
  return all
}

/** The contract of the Vault port. An adapter is done when this passes unmodified. */
export function vaultContract(name: string, open: OpenVault): void {
  describe(`vault contract: ${name}`, () => {
    const clock = manualClock('2026-02-01T09:00:00Z')
    const keys = memoryKeys('rj1', 'contract')
    let root: string
    let vault: Vault

    before(async () => {
      root = await mkdtemp(join(tmpdir(), 'openfdp-vault-'))
      vault = await open(root, keys, clock)
    })
    after(() => rm(root, { recursive: true, force: true }))

    const write = (sizes: readonly number[], controller = 'RJ1', table = 'identity') =>
      vault.write({ table, controller, columns: personColumns, blocks: personBlocks(sizes) })

    async function read(hash: string, columns: readonly string[], controller?: string): Promise<VaultBlock[]> {
      const again = await open(root, keys, clock)
      await using lease = await again.lease(hash, entry(1))
      return await collect(lease.blocks('identity', columns, controller))
    }

    it('refuses names it cannot keep', async () => {
      const spoiled = [
        { table: '../identity', controller: 'RJ1', columns: personColumns },
        { table: 'identity', controller: 'rj1/..', columns: personColumns },
        { table: 'identity', controller: 'RJ1', columns: [] },
        { table: 'identity', controller: 'RJ1', columns: [personColumns[0], personColumns[0]] },
        { table: 'identity', controller: 'RJ1', columns: [{ name: 'a', type: 'double' as 'text' }] },
      ]
      for (const input of spoiled) {
        await assert.rejects(vault.write({ ...input, blocks: personBlocks([1]) }), refused('FDP_VAULT_NAME'))
      }
    })

    it('refuses blocks whose columns are not as long as the block, and leaves nothing of them', async () => {
      const good = '["1","2"]'
      const spoiled = ['["1"]', '["1","2","3"]', '[1,2]', '["1",["2"]]', '{"length":2}', '["1","2"', '["1","\ud800"]']
      for (const text of spoiled) {
        for (const columns of [
          [text, good, good],
          [good, good, text],
        ]) {
          const blocks = (async function* () {
            yield* personBlocks([2])
            yield { rows: 2, columns }
          })()
          const writing = vault.write({ table: 'identity', controller: 'RJ1', columns: personColumns, blocks })
          await assert.rejects(writing, (error) => isFdpError(error, 'FDP_VAULT_BLOCK') && error.params.block === 1)
        }
      }
      for (const rows of [0, -1, 65_537, 1.5]) {
        const blocks = (async function* () {
          yield { rows, columns: [good, good, good] }
        })()
        const writing = vault.write({ table: 'identity', controller: 'RJ1', columns: personColumns, blocks })
        await assert.rejects(writing, refused('FDP_VAULT_BLOCK'))
      }
      assert.deepEqual(await vault.sweep([]), { deleted: 0, leased: 0 })
    })

    it('refuses a version it does not hold, in the same words as a hash that is none', async () => {
      for (const hash of ['0'.repeat(64), '../../etc/passwd', '']) {
        await assert.rejects(vault.version(hash), refused('FDP_VAULT_VERSION_UNKNOWN'))
        await assert.rejects(vault.lease(hash, entry(1)), refused('FDP_VAULT_VERSION_UNKNOWN'))
        await assert.rejects(vault.verify(hash), refused('FDP_VAULT_VERSION_UNKNOWN'))
      }
    })

    it('gives back every text, null and key, of the columns asked for and in that order', async () => {
      const sizes = [3, 65_536, 17]
      const segment = await write(sizes)
      assert.equal(segment.rows, 65_556)
      const { manifestSha256 } = await vault.seal([segment])
      const given = await collect(personBlocks(sizes))
      const seen = await read(manifestSha256, ['name', '_key'])
      const expected = given.map(({ rows, columns }) => ({
        segment: segment.id,
        rows,
        columns: [columns[2], columns[0]],
      }))
      assert.deepEqual(seen, expected)
      assert.deepEqual(await vault.verify(manifestSha256), [])
    })

    it('gives back any text', async () => {
      const texts = fc.array(fc.option(fc.string({ unit: 'grapheme', maxLength: 40 })), { minLength: 1, maxLength: 30 })
      const property = fc.asyncProperty(fc.array(texts, { maxLength: 4 }), async (columns) => {
        const given = columns.map((values) => ({ rows: values.length, columns: [JSON.stringify(values)] }))
        const blocks = (async function* () {
          yield* given
        })()
        const name = [{ name: 'name', type: 'text' }] as const
        const segment = await vault.write({ table: 'identity', controller: 'RJ1', columns: name, blocks })
        const seen = await read((await vault.seal([segment])).manifestSha256, ['name'])
        assert.deepEqual(
          seen.map(({ rows, columns: found }) => ({ rows, columns: found })),
          given,
        )
      })
      await fc.assert(property, { numRuns: 20 })
    })

    it('keeps a segment without rows and a version without segments', async () => {
      const empty = await write([])
      assert.deepEqual(await read((await vault.seal([empty])).manifestSha256, ['_key']), [])
      const nothing = await vault.seal([])
      assert.deepEqual(await read(nothing.manifestSha256, ['_key']), [])
      assert.deepEqual(await vault.verify(nothing.manifestSha256), [])
    })

    it('opens one controller’s segments of one table; a column they were written without is null', async () => {
      const segments = [await write([2], 'RJ1'), await write([3], 'R0A'), await write([5], 'RJ1', 'Referral')]
      const { manifestSha256 } = await vault.seal(segments)
      const rows = async (controller?: string) =>
        (await read(manifestSha256, ['_key'], controller)).map((block) => block.rows).sort()
      assert.deepEqual(await rows(), [2, 3])
      assert.deepEqual(await rows('R0A'), [3])
      assert.deepEqual(await rows('RXX'), [])
      const [block] = await read(manifestSha256, ['_key', 'postcode'], 'RJ1')
      assert.equal(block?.columns[1], '[null,null]')
    })

    it('names a version by its segments, in whatever order', async () => {
      const segments = [await write([1]), await write([1], 'R0A')]
      const one = await vault.seal(segments)
      const other = await vault.seal([...segments].reverse())
      assert.equal(one.manifestSha256, other.manifestSha256)
    })

    it('records a lease with its entry before the first block, and opens none after it is closed', async () => {
      const { manifestSha256 } = await vault.seal([await write([4, 4, 4])])
      clock.advanceMs(60_000)
      const lease = await vault.lease(manifestSha256, entry(41))
      const recorded = await collect((await open(root, keys, clock)).leases())
      assert.deepEqual(recorded.at(-1), { entry: 41, manifestSha256, time: clock.now() })
      const blocks = lease.blocks('identity', ['_key'])[Symbol.asyncIterator]()
      assert.equal((await blocks.next()).value.rows, 4)
      await lease[Symbol.asyncDispose]()
      await assert.rejects(blocks.next(), refused('FDP_VAULT_LEASE_CLOSED'))
      await assert.rejects(collect(lease.blocks('identity', ['_key'])), refused('FDP_VAULT_LEASE_CLOSED'))
    })

    it('does not open a segment for another tenant, nor a manifest that the tenant did not sign', async () => {
      const { manifestSha256 } = await vault.seal([await write([4])])
      for (const strangers of [memoryKeys('r0a'), memoryKeys('rj1', 'other')]) {
        const other = await open(root, strangers, clock)
        await assert.rejects(other.lease(manifestSha256, entry(2)), refused('FDP_VAULT_TAMPERED'))
      }
    })

    it('renews the wrapping of every live key without a new manifest', async () => {
      const own = memoryKeys('rj1', 'rotation')
      const folder = join(root, 'rotation')
      const rotating = await open(folder, own, clock)
      const kept = await rotating.write({
        table: 'identity',
        controller: 'RJ1',
        columns: personColumns,
        blocks: personBlocks([9]),
      })
      const { manifestSha256 } = await rotating.seal([kept])
      await own.rotateWrapping()
      assert.deepEqual(await rotating.rewrap([manifestSha256]), { segments: 1 })
      assert.deepEqual(await rotating.rewrap([manifestSha256]), { segments: 0 })
      await own.destroyWrapping(1)
      assert.deepEqual(await rotating.verify(manifestSha256), [])
      await own.destroyWrapping(2)
      assert.deepEqual(await rotating.verify(manifestSha256), [kept.id])
    })

    it('erases a person: a new segment without them, a new manifest, and nothing opens the old one', async () => {
      const old = await write([10])
      const before = await vault.seal([old])
      const rewritten: VaultSegment = await write([9])
      const afterwards = await vault.seal([rewritten])
      const lease = await vault.lease(before.manifestSha256, entry(50))
      const swept = await vault.sweep([afterwards.manifestSha256])
      assert.equal(swept.leased, 2)
      assert.equal((await collect(lease.blocks('identity', ['_key'])))[0]!.rows, 10)
      await lease[Symbol.asyncDispose]()
      assert.deepEqual(await vault.sweep([afterwards.manifestSha256]), { deleted: 2, leased: 0 })
      await assert.rejects(vault.version(before.manifestSha256), refused('FDP_VAULT_VERSION_UNKNOWN'))
      await assert.rejects(vault.seal([old]), refused('FDP_VAULT_TAMPERED'))
      assert.deepEqual(await vault.verify(afterwards.manifestSha256), [])
    })

    it('sweeps nothing when a live manifest cannot be read, and no segment that is not yet sealed', async () => {
      const sealed = await vault.seal([await write([2])])
      await assert.rejects(vault.sweep(['0'.repeat(64)]), refused('FDP_VAULT_VERSION_UNKNOWN'))
      assert.deepEqual(await vault.verify(sealed.manifestSha256), [])
      const fresh = await write([2])
      await vault.sweep([sealed.manifestSha256])
      const version = await vault.seal([fresh])
      assert.deepEqual(await vault.verify(version.manifestSha256), [])
    })
  })
}
