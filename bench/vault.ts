/**
 * How fast the vault takes in and opens identity: persons with key, NHS number, name and date of birth, from an engine's
 * table into encrypted segments and back into an engine. One process, two engine threads.
 *
 *   node_modules/.bin/node bench/vault.ts [persons]
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { openDuckdbEngine } from '#adapters/engine-duckdb'
import { openVaultFs } from '#adapters/vault-fs'
import { type EntryIndex, rawSql, sql, systemClock, systemRandom } from '#kernel'
import type { Engine } from '#ports'
import { memoryKeys } from '../test/memory-keys.ts'

export interface VaultBenchRow {
  readonly what: string
  readonly persons: number
  readonly seconds: number
  readonly personsPerSecond: number
}

const personsDefault = 1_000_000
const blockRows = 65_536
const columns = [
  { name: '_key', type: 'int64' },
  { name: 'nhsNumber', type: 'text' },
  { name: 'name', type: 'text' },
  { name: 'dateOfBirth', type: 'text' },
] as const
const names = columns.map((column) => column.name)
const entry = 0 as EntryIndex

type Block = { rows: number; columns: string[] }

export async function benchVault(persons: number = personsDefault): Promise<readonly VaultBenchRow[]> {
  const root = await mkdtemp(join(tmpdir(), 'openfdp-bench-'))
  const rows: VaultBenchRow[] = []
  const timed = async (what: string, work: () => Promise<void>) => {
    const start = performance.now()
    await work()
    const seconds = (performance.now() - start) / 1_000
    rows.push({ what, persons, seconds, personsPerSecond: Math.round(persons / seconds) })
  }
  try {
    const keys = memoryKeys('bench', 'bench')
    const vault = await openVaultFs({ root, keys, clock: systemClock, random: systemRandom })
    await using engine = await openDuckdbEngine({ memoryLimitMb: 1_024, threads: 2, tempDirectory: null })
    await makePersons(engine, persons)
    const blocks: Block[] = []
    await timed('engine table to JSON blocks', async () => {
      for await (const block of blocksOf(engine, persons)) blocks.push(block)
    })
    let manifest = ''
    await timed('blocks to an encrypted, sealed version', async () => {
      const ready = (async function* () {
        yield* blocks
      })()
      const segment = await vault.write({ table: 'identity', controller: 'RJ1', columns, blocks: ready })
      manifest = (await vault.seal([segment])).manifestSha256
    })
    await using lease = await vault.lease(manifest, entry)
    const drain = async (wanted: readonly string[]) => {
      for await (const _ of lease.blocks('identity', wanted));
    }
    await timed('open two of the four columns', () => drain(['_key', 'nhsNumber']))
    await timed('open all four columns', () => drain(names))
    await timed('open all four into an engine', () => load(engine, lease.blocks('identity', names)))
    await timed('verify', async () => void (await vault.verify(manifest)))
    return rows
  } finally {
    await rm(root, { recursive: true, force: true })
  }
}

async function makePersons(engine: Engine, persons: number): Promise<void> {
  await engine.execute(sql`CREATE TABLE person AS SELECT i, (hash(i) >> 1)::BIGINT AS _key,
    (9000000000 + hash(i + 7) % 999999999)::VARCHAR AS "nhsNumber",
    'Surname' || (hash(i) % 50000) || ', Given' || (hash(i + 3) % 5000) AS name,
    (DATE '1930-01-01' + (hash(i + 1) % 33000)::INTEGER)::VARCHAR AS "dateOfBirth" FROM range(${persons}) t(i)`)
}

/** One pass without an order within the lists: the columns of a block still hold their rows in the same order. */
async function* blocksOf(engine: Engine, persons: number): AsyncGenerator<Block> {
  const lists = rawSql(names.map((name) => `to_json(list("${name}"::VARCHAR))::VARCHAR AS "${name}"`).join(', '))
  for (let from = 0; from < persons; from += blockRows) {
    const where = sql`i >= ${from} AND i < ${from + blockRows}`
    const [row] = await engine.rows(sql`SELECT count(*)::INTEGER AS n, ${lists} FROM person WHERE ${where}`)
    yield { rows: Number(row!.n), columns: names.map((name) => String(row![name])) }
  }
}

async function load(engine: Engine, blocks: AsyncIterable<{ readonly columns: readonly string[] }>): Promise<void> {
  await engine.execute(sql`CREATE TABLE opened (_key BIGINT, "nhsNumber" VARCHAR, name VARCHAR, "dateOfBirth" VARCHAR)`)
  const texts = rawSql(`'["VARCHAR"]'`)
  for await (const { columns: given } of blocks) {
    const [key, number, name, born] = given.map((text) => sql`unnest(from_json(${text}, ${texts}))`)
    await engine.execute(sql`INSERT INTO opened SELECT ${key!}::BIGINT, ${number!}, ${name!}, ${born!}`)
  }
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  console.table(await benchVault(Number(process.argv[2] ?? personsDefault)))
}
