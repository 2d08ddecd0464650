import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'

/** A value of Thrift's compact protocol: its type, and what it is. */
export type Thrift =
  | { readonly i32: number }
  | { readonly i64: bigint }
  | { readonly text: string | Buffer }
  | { readonly bool: boolean }
  | { readonly list: readonly Thrift[] }
  | { readonly struct: Readonly<Record<number, Thrift>> }

export const i32 = (value: number): Thrift => ({ i32: value })
export const i64 = (value: number | bigint): Thrift => ({ i64: BigInt(value) })
export const text = (value: string): Thrift => ({ text: value })
export const list = (...values: Thrift[]): Thrift => ({ list: values })
export const struct = (fields: Readonly<Record<number, Thrift>>): Thrift => ({ struct: fields })

/** One column of a file that is put together here, in one page of one group. Everything may be told wrongly. */
export interface HandColumn {
  readonly name: string
  /** Fields of its SchemaElement beside the name; BYTE_ARRAY that is UTF-8, required, where nothing is said. */
  readonly schema?: Readonly<Record<number, Thrift>>
  readonly page: Uint8Array
  readonly pageValues?: number
  readonly pageEncoding?: number
  readonly pageBytes?: number
  readonly dictionary?: { readonly values: number; readonly page: Uint8Array }
  readonly codec?: number
  readonly physicalType?: number
}

const byteArray = 6
const utf8 = 0

/** A file of one group of rows, byte by byte; for what no writer would write. */
export function handParquet(columns: readonly HandColumn[], rows: number | bigint, groupRows = rows): Buffer {
  const parts: Uint8Array[] = [Buffer.from('PAR1')]
  const length = () => parts.reduce((sum, part) => sum + part.length, 0)
  const chunks = columns.map((column) => {
    const { name, page, dictionary, codec = 0, physicalType = byteArray } = column
    const start = length()
    if (dictionary) {
      const header = struct({ 1: i32(dictionary.values), 2: i32(0) })
      const size = i32(dictionary.page.length)
      parts.push(thrift(struct({ 1: i32(2), 2: size, 3: size, 7: header })), dictionary.page)
    }
    const first = length()
    const values = column.pageValues ?? Number(groupRows)
    const data = struct({ 1: i32(values), 2: i32(column.pageEncoding ?? 0), 3: i32(3), 4: i32(3) })
    const size = i32(column.pageBytes ?? page.length)
    parts.push(thrift(struct({ 1: i32(0), 2: size, 3: i32(page.length), 5: data })), page)
    const meta = struct({
      1: i32(physicalType),
      2: list(i32(0)),
      3: list(text(name)),
      4: i32(codec),
      5: i64(groupRows),
      6: i64(length() - start),
      7: i64(length() - start),
      9: i64(first),
      ...(dictionary ? { 11: i64(start) } : {}),
    })
    return struct({ 2: i64(start), 3: meta })
  })
  const elements = columns.map(({ name, schema, physicalType = byteArray }) =>
    struct({ 1: i32(physicalType), 3: i32(0), 4: text(name), ...(schema ?? { 6: i32(utf8) }) }),
  )
  const root = struct({ 4: text('schema'), 5: i32(columns.length) })
  const group = struct({ 1: list(...chunks), 2: i64(0), 3: i64(groupRows) })
  const footer = thrift(struct({ 1: i32(1), 2: list(root, ...elements), 3: i64(rows), 4: list(group) }))
  const size = Buffer.alloc(4)
  size.writeUInt32LE(footer.length)
  return Buffer.concat([...parts, footer, size, Buffer.from('PAR1')])
}

/** Texts as PLAIN has them. */
export function plainTexts(values: readonly string[]): Buffer {
  const parts = values.flatMap((value) => {
    const bytes = Buffer.from(value)
    const size = Buffer.alloc(4)
    size.writeUInt32LE(bytes.length)
    return [size, bytes]
  })
  return Buffer.concat(parts)
}

/** What a query gives as Parquet, by the engine's own writer. `options` as its COPY has them. */
export async function duckdbParquet(query: string, options = ''): Promise<Buffer> {
  const folder = await mkdtemp(join(tmpdir(), 'fdp-parquet-'))
  const instance = await DuckDBInstance.create()
  try {
    const connection = await instance.connect()
    const path = join(folder, 'rows.parquet')
    await connection.run("SET TimeZone = 'UTC'")
    await connection.run(`COPY (${query}) TO '${path}' (FORMAT parquet${options && `, ${options}`})`)
    connection.closeSync()
    return await readFile(path)
  } finally {
    instance.closeSync()
    await rm(folder, { recursive: true })
  }
}

export function thrift(value: Thrift): Buffer<ArrayBuffer> {
  if ('i32' in value) return varint(zigzag(BigInt(value.i32)))
  if ('i64' in value) return varint(zigzag(value.i64))
  if ('bool' in value) return Buffer.from([value.bool ? 1 : 2])
  if ('text' in value) {
    const bytes = Buffer.from(value.text as string)
    return Buffer.concat([varint(BigInt(bytes.length)), bytes])
  }
  if ('list' in value) {
    const head = Buffer.concat([
      Buffer.from([0xf0 | (value.list[0] ? typeOf(value.list[0]) : 12)]),
      varint(BigInt(value.list.length)),
    ])
    return Buffer.concat([head, ...value.list.map(thrift)])
  }
  let before = 0
  const fields = Object.entries(value.struct).flatMap(([id, field]) => {
    const head = Buffer.from([((Number(id) - before) << 4) | typeOf(field)])
    before = Number(id)
    return 'bool' in field ? [head] : [head, thrift(field)]
  })
  return Buffer.concat([...fields, Buffer.from([0])])
}

function typeOf(value: Thrift): number {
  if ('bool' in value) return value.bool ? 1 : 2
  if ('i32' in value) return 5
  if ('i64' in value) return 6
  if ('text' in value) return 8
  return 'list' in value ? 9 : 12
}

function zigzag(value: bigint): bigint {
  return value < 0n ? -2n * value - 1n : 2n * value
}

export function varint(value: bigint): Buffer<ArrayBuffer> {
  const bytes: number[] = []
  for (let rest = value; ; rest >>= 7n) {
    if (rest < 128n) return Buffer.from([...bytes, Number(rest)])
    bytes.push(Number(rest & 127n) | 128)
  }
}
