import { ident, joinSql, literal, rawSql, type Sql, sha256Hex, sql } from '#kernel'
import type { Engine, VaultLease } from '#ports'

interface Table {
  /** Vault version and table. */
  readonly of: string
  readonly name: string
  readonly columns: ReadonlySet<string>
  readonly ready: Promise<void>
}

/**
 * The one engine that may hold vault data: in memory, nothing spills, and it exists only while a session at
 * identifiable level is open. The last one to leave closes it, and what was decrypted is gone with it.
 */
export class IdentityRoom {
  readonly #open: () => Promise<Engine>
  #engine: Promise<Engine> | null = null
  #inside = 0
  #tables = new Map<string, Table>()

  constructor(open: () => Promise<Engine>) {
    this.#open = open
  }

  get isOpen(): boolean {
    return this.#engine !== null
  }

  async enter(): Promise<Engine> {
    this.#inside += 1
    this.#engine ??= this.#open()
    try {
      return await this.#engine
    } catch (error) {
      await this.leave()
      throw error
    }
  }

  async leave(): Promise<void> {
    this.#inside = Math.max(0, this.#inside - 1)
    if (this.#inside === 0) await this.#clear()
  }

  /** Whoever is still inside finds it closed. */
  async close(): Promise<void> {
    this.#inside = 0
    await this.#clear()
  }

  async #clear(): Promise<void> {
    const engine = this.#engine
    this.#engine = null
    this.#tables = new Map()
    await (await engine?.catch(() => null))?.close()
  }

  /** Decrypts the columns of one vault table into the engine, once for each vault version; returns the engine table's name. */
  async table(lease: VaultLease, vaultTable: string, columns: readonly string[]): Promise<string> {
    const engine = await this.#engine
    if (!engine) throw new Error('the identity room is closed')
    const of = `${lease.version.manifestSha256}/${vaultTable}`
    const id = `${of}/${[...columns].sort().join(',')}`
    // One that was decrypted with more columns has these too.
    let table =
      this.#tables.get(id) ?? [...this.#tables.values()].find((each) => each.of === of && holds(each, columns))
    if (!table) {
      const name = `vault_${sha256Hex(id).slice(0, 16)}`
      table = { of, name, columns: new Set(columns), ready: load(engine, name, lease, vaultTable, columns) }
      this.#tables.set(id, table)
    }
    try {
      await table.ready
    } catch (error) {
      // Half a table is no table: the next one to ask begins again.
      if (this.#tables.get(id) === table) this.#tables.delete(id)
      throw error
    }
    return table.name
  }
}

function holds(table: Table, columns: readonly string[]): boolean {
  return columns.every((column) => table.columns.has(column))
}

async function load(
  engine: Engine,
  name: string,
  lease: VaultLease,
  vaultTable: string,
  columns: readonly string[],
): Promise<void> {
  const definitions = columns.map((column) => sql`${ident(column)} VARCHAR`)
  await engine.execute(
    sql`CREATE OR REPLACE TABLE ${ident(name)} (${joinSql([rawSql('"_key" BIGINT'), ...definitions], ', ')})`,
  )
  for await (const block of lease.blocks(vaultTable, ['_key', ...columns])) {
    const cells: Sql[] = block.columns.map(
      (json, i) =>
        sql`unnest(from_json(${json}, ${literal('["VARCHAR"]')}))${i === 0 ? rawSql('::BIGINT') : rawSql('')}`,
    )
    await engine.execute(sql`INSERT INTO ${ident(name)} SELECT ${joinSql(cells, ', ')}`)
  }
}
