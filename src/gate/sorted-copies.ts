import { mkdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { recordTypeOf, sortsOf } from '#contracts'
import { ident, joinSql, literal, rawSql, type Sql, sha256Hex, sql } from '#kernel'
import type { Engine } from '#ports'
import { shown } from '#privacy'
import type { RelationPlan, Sorted, SortedPart } from './relation-plan.ts'

type Reading = Omit<RelationPlan, 'vaultTable'>

interface Copy {
  readonly object: string
  /** Null until they are made. */
  parts: readonly SortedPart[] | null
  /** Reads that are under way. */
  readers: number
}

/** Copies that stay until they are given back. */
export interface HeldCopies extends Disposable {
  readonly sorted: Sorted
}

type Order = Pick<Sorted, 'by' | 'tokens'>

/**
 * A page is read from one or two parts, and in these from one or two row groups. Much smaller ones cost more to look
 * through than they save to read: a page of 1,000 took 5 ms with these, 8 with a million rows a part, 14 with 122,880 rows
 * a group.
 */
const partRowsMost = 500_000
const rowGroupRows = 20_480
const copiesMax = 64

/**
 * Copies of the lake's files in the orders that pages are read in: by the tokens of one purpose, or by a column that the
 * contract declares. They hold what the files hold and the tokens; they are made in the background when a large file is
 * first paged through, belong to this process and are gone with it, and go when their object type is published anew.
 */
export class SortedCopies {
  readonly #folder: string
  readonly #rowsMin: number
  readonly #partRowsMax: number
  readonly #copies = new Map<string, Copy>()
  readonly #dropped = new Set<Copy>()
  readonly #rows = new Map<string, number>()
  #ready: Promise<unknown> | null = null
  #made = 0
  #making: Promise<unknown> = Promise.resolve()

  constructor(folder: string, rowsMin: number, partRowsMax = partRowsMost) {
    this.#folder = folder
    this.#rowsMin = rowsMin
    this.#partRowsMax = partRowsMax
  }

  /**
   * What takes the place of a plan's files, once all of them are there; null until then, and where nothing is gained.
   * `engine` has the plan's token function and outlives whoever reads.
   */
  async of(plan: Reading, engine: () => Promise<Engine>): Promise<HeldCopies | null> {
    const order = wanted(plan)
    // Edited rows, and those of files that may be of people who said no, would have no place among sorted ones.
    const others = plan.edits !== null || (plan.excluded?.among ?? []).length > 0
    if (!order || others || plan.files.length === 0) return null
    if ((await this.#rowsOf(plan.files, engine)) < this.#rowsMin) return null
    const id = (file: string) => sha256Hex(`${file}\n${functionOf(plan, order) ?? ''}\n${order.by ?? ''}`)
    const missing = plan.files.filter((file) => !this.#copies.has(id(file)))
    if (missing.length > 0) {
      const maker = await engine()
      for (const file of missing) this.#begin(maker, plan, order, file, id(file))
    }
    const copies = plan.files.map((file) => this.#copies.get(id(file)) ?? null).filter((copy) => copy !== null)
    const runs = copies.map(({ parts }) => parts).filter((parts) => parts !== null)
    if (runs.length < plan.files.length) return null
    for (const copy of copies) copy.readers++
    const giveBack = () => {
      for (const copy of copies) copy.readers--
      this.#sweep()
    }
    return { sorted: { ...order, runs }, [Symbol.dispose]: giveBack }
  }

  /** Nothing of an object type is kept. */
  drop(object: string): void {
    for (const [id, copy] of this.#copies) {
      if (copy.object !== object) continue
      this.#copies.delete(id)
      this.#dropped.add(copy)
    }
    this.#sweep()
  }

  /** Files of dropped copies go when nobody reads them any more. */
  #sweep(): void {
    for (const copy of this.#dropped) {
      if (copy.readers > 0) continue
      this.#dropped.delete(copy)
      this.#later(() => remove(copy.parts ?? []))
    }
  }

  /** When the copies that were begun are there. */
  async settle(): Promise<void> {
    await this.#making
  }

  async close(): Promise<void> {
    await this.#making
    await rm(this.#folder, { recursive: true, force: true })
  }

  #begin(engine: Engine, plan: Reading, order: Order, file: string, id: string): void {
    if (this.#copies.size >= copiesMax || this.#copies.has(id)) return
    const copy: Copy = { object: plan.type.name, parts: null, readers: 0 }
    this.#copies.set(id, copy)
    this.#later(async () => {
      // Dropped meanwhile: published anew.
      if (this.#copies.get(id) !== copy) return
      const parts = await this.#make(engine, plan, order, file)
      if (this.#copies.get(id) === copy) copy.parts = parts
      else await remove(parts)
    })
  }

  /** Pages are read without a copy that could not be made (no room, a closed engine). */
  #later(work: () => Promise<unknown>): void {
    this.#making = this.#making.then(work).catch(() => {})
  }

  async #make(engine: Engine, plan: Reading, order: Order, file: string): Promise<readonly SortedPart[]> {
    this.#ready ??= rm(this.#folder, { recursive: true, force: true }).then(() =>
      mkdir(this.#folder, { recursive: true, mode: 0o700 }),
    )
    await this.#ready
    const name = `copy-${++this.#made}`
    const unsorted = join(this.#folder, `${name}.tmp`)
    try {
      const rows = await this.#withTokens(engine, plan, order, file, unsorted)
      const parts: SortedPart[] = []
      for (const [i, { isBare, within, to }] of (await partsOf(engine, order, rows, this.#partRowsMax)).entries()) {
        const path = join(this.#folder, `${name}-${i}.parquet`)
        await engine.execute(sql`COPY (SELECT * FROM (${rows}) WHERE ${within} ORDER BY ${orderOf(order)}) TO ${literal(`${path}.tmp`)}
          (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE ${rawSql(String(rowGroupRows))})`)
        await rename(`${path}.tmp`, path)
        parts.push({ file: path, rows: await this.#rowsOf([path], async () => engine), isBare, to })
      }
      return parts
    } finally {
      await rm(unsorted, { force: true })
    }
  }

  /** A query of a file's rows with what its copy adds: worked out once, not again for each part. */
  async #withTokens(engine: Engine, plan: Reading, order: Order, file: string, unsorted: string): Promise<Sql> {
    const token = functionOf(plan, order)
    const from = sql`SELECT * FROM read_parquet([${literal(file)}], hive_partitioning = false)`
    if (token === null) return from
    await engine.execute(sql`COPY (
      SELECT *, CAST(CAST('0x' || left(replace(CAST("_token" AS VARCHAR), '-', ''), 16) AS UBIGINT) >> 1 AS BIGINT) AS "_first"
      FROM (SELECT *, ${ident(token)}("_key") AS "_token" FROM (${from})))
      TO ${literal(unsorted)} (FORMAT parquet)`)
    return sql`SELECT * FROM read_parquet([${literal(unsorted)}], hive_partitioning = false)`
  }

  async #rowsOf(files: readonly string[], engine: () => Promise<Engine>): Promise<number> {
    const unknown = files.filter((file) => !this.#rows.has(file))
    if (unknown.length > 0) {
      const paths = joinSql(unknown.map(literal), ', ')
      const found = await (await engine()).rows(sql`SELECT file_name, num_rows FROM parquet_file_metadata([${paths}])`)
      for (const { file_name: file, num_rows: rows } of found) this.#rows.set(String(file), Number(rows))
    }
    return files.reduce((all, file) => all + (this.#rows.get(file) ?? 0), 0)
  }
}

async function remove(parts: readonly SortedPart[]): Promise<void> {
  await Promise.all(parts.map(({ file }) => rm(file, { force: true })))
}

/** The order that pages of a relation want; null where none is kept. */
function wanted({ type, level, sortedBy }: Reading): Order | null {
  const tokens = type.personLevel && level !== 'identifiable'
  const property = type.properties.find(({ name }) => name === sortedBy && sortsOf(type.name).includes(name))
  // Only what the files hold as it is shown lies in the order that is asked for.
  const by = property && shown(type, property, level).kind === 'clear' ? property.name : null
  return tokens || by !== null || sortedBy === '_order' ? { tokens, by } : null
}

/** The function that makes the tokens: its name stands for purpose, type and epoch. */
function functionOf({ type, tokenFunction }: Reading, { tokens }: Order): string | null {
  return tokens ? tokenFunction(recordTypeOf(type)) : null
}

function orderOf({ by, tokens }: Order): Sql {
  const rest = rawSql(tokens ? '"_first", "_token"' : '"_key"')
  return by === null ? rest : sql`${ident(by)}, ${rest}`
}

interface Range {
  readonly within: Sql
  /** Its end, as text; null for the last. */
  readonly to: string | null
}

interface Part extends Range {
  readonly isBare: boolean
}

/** Ranges of the first thing that is sorted by, with about as many rows in each; rows without it by what they are sorted by then. */
async function partsOf(engine: Engine, { by, tokens }: Order, rows: Sql, rowsMax: number): Promise<readonly Part[]> {
  const rest = rawSql(tokens ? '"_first"' : '"_key"')
  const among = async (test: Sql, column: Sql, type: string, isBare: boolean) =>
    (await rangesOf(engine, sql`SELECT * FROM (${rows}) WHERE ${test}`, column, type, rowsMax)).map(
      ({ within, to }) => ({
        ...{ within: sql`${test} AND ${within}`, to, isBare },
      }),
    )
  if (by === null) return await among(rawSql('TRUE'), rest, 'BIGINT', false)
  return [
    ...(await among(sql`${ident(by)} IS NOT NULL`, ident(by), 'DATE', false)),
    ...(await among(sql`${ident(by)} IS NULL`, rest, 'BIGINT', true)),
  ]
}

/** Ranges that part rows by a column which all of them have; none where there are no rows. */
async function rangesOf(
  engine: Engine,
  rows: Sql,
  column: Sql,
  type: string,
  rowsMax: number,
): Promise<readonly Range[]> {
  const [counted] = await engine.rows(sql`SELECT count(*) AS n FROM (${rows})`)
  const parts = Math.ceil(Number(counted?.n) / rowsMax)
  if (parts <= 1) return Array.from({ length: parts }, () => ({ within: rawSql('TRUE'), to: null }))
  const shares = Array.from({ length: parts - 1 }, (_, i) => rawSql(String((i + 1) / parts)))
  const [found] =
    await engine.rows(sql`SELECT to_json(approx_quantile(${column}, [${joinSql(shares, ', ')}])::VARCHAR[])::VARCHAR AS ends
    FROM (${rows})`)
  const ends = [...new Set(JSON.parse(String(found?.ends ?? '[]')) as string[])]
  return Array.from({ length: ends.length + 1 }, (_, i) => {
    const at = (end: number) => sql`CAST(${ends[end] ?? ''} AS ${rawSql(type)})`
    const from = i === 0 ? rawSql('TRUE') : sql`${column} > ${at(i - 1)}`
    return { within: i === ends.length ? from : sql`${from} AND ${column} <= ${at(i)}`, to: ends[i] ?? null }
  })
}
