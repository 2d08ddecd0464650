/**
 * Rows a second by source: how fast what another system gives becomes a table of texts, before any check. CSV and Parquet
 * beside the engine's own readers of plain files; the others by themselves, since nothing else reads them with the same
 * promises. Databases are in `connect-sql.ts`.
 *
 *   node_modules/.bin/node bench/sources.ts [rows]
 */

import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { folderDrop } from '#adapters/drop-fs'
import { openDuckdbEngine } from '#adapters/engine-duckdb'
import { openFolderMessageLog, openFolderScratch } from '#adapters/messages-fs'
import { fileSource } from '#adapters/source-csv'
import { systemClock, systemRandom } from '#kernel'
import { Landed, listenOptions } from '#messages'
import type { Connection, TabularReader } from '#ports'
import { adapters } from '../src/adapters.ts'
import { cdsInterchange, cdsMessage } from '../test/cds-file.ts'
import { bytesOf, question } from '../test/contract/connection-ask.ts'
import { pageOf } from '../test/fhir-server.ts'
import { memoryKeys } from '../test/memory-keys.ts'
import { adt, dockOf, senderTo } from '../test/message-dock.ts'
import { duckdbParquet } from '../test/parquet-file.ts'
import { xlsxFile } from '../test/xlsx-file.ts'
import { zipFile } from '../test/zip-file.ts'

export interface SourceBenchRow {
  readonly what: string
  readonly rows: number
  readonly rowsPerSecond: number
  /** Of the engine's own reader; null where there is none to compare with. */
  readonly plainPerSecond: number | null
}

const rowsDefault = 20_000
const engineSize = { memoryLimitMb: 2_048, threads: 2, tempDirectory: null }
const header = ['id', 'nhsNumber', 'name', 'born', 'ward', 'since']

/** `rows` of each kind of file, a tenth as many messages. */
export async function benchSources(rows: number = rowsDefault): Promise<readonly SourceBenchRow[]> {
  const folder = await mkdtemp(join(tmpdir(), 'fdp-bench-'))
  try {
    const table = Array.from({ length: rows }, (_, i) => cellsOf(i))
    const csv = Buffer.from([header, ...table].map((cells) => `${cells.join(',')}\n`).join(''))
    await writeFile(join(folder, 'rows.csv'), csv)
    const parquet = await duckdbParquet(`SELECT * FROM read_csv('${join(folder, 'rows.csv')}', all_varchar = true)`)
    await writeFile(join(folder, 'rows.parquet'), parquet)
    const lines = table.map(patientLine)
    const { readers } = adapters
    const plain = (reader: string, file: string) => plainRead(rows, `FROM ${reader}('${join(folder, file)}')`)
    const read = async (
      what: string,
      reader: TabularReader | undefined,
      bytes: Buffer,
      beside: number | null = null,
    ) => {
      const rowsPerSecond = await readRate(reader!, bytes, rows)
      return { what, rows, rowsPerSecond, plainPerSecond: beside }
    }
    const drop = folderDrop(fileSource)(folder)
    return [
      {
        ...{ what: 'CSV from a folder', rows, plainPerSecond: await plain('read_csv', 'rows.csv') },
        rowsPerSecond: await readRate(readers.csv, async () => (await drop.open('rows.csv')).open(), rows),
      },
      await read('Parquet', readers.parquet, parquet, await plain('read_parquet', 'rows.parquet')),
      await read('XLSX', readers.xlsx, xlsxFile({ sheets: { Rows: [header, ...table] } })),
      await read('zip of a CSV', readers.zip, zipFile([{ name: 'rows.csv', content: csv }])),
      await read('CDS-XML', readers['cds-xml'], cdsInterchange(table.map(cdsOf))),
      await read('FHIR NDJSON', readers['fhir-ndjson'], Buffer.from(lines.map((line) => `${line}\n`).join(''))),
      await fhirServerRate(lines),
      await messageRate(Math.ceil(rows / 10), join(folder, 'messages')),
    ]
  } finally {
    await rm(folder, { recursive: true })
  }
}

function cellsOf(i: number): readonly string[] {
  return [
    `H${i}`,
    String(9_000_000_000 + i),
    `Madeup ${i % 997}`,
    `19${10 + (i % 89)}-0${1 + (i % 9)}-11`,
    `W${i % 31}`,
    '2026-01-31',
  ]
}

function patientLine([id = '', number = '', name = '', born = '']: readonly string[]): string {
  const identifier = [{ system: 'https://fhir.nhs.uk/Id/nhs-number', value: number }]
  return JSON.stringify({ resourceType: 'Patient', id, identifier, name: [{ family: name }], birthDate: born })
}

function cdsOf([, number = '', name = '', born = '']: readonly string[], i: number): string {
  const body = `<ns:Patient><ns:NHSNumber>${number}</ns:NHSNumber><ns:Name>${name}</ns:Name><ns:Born>${born}</ns:Born></ns:Patient>`
  return cdsMessage('130', body, { reference: i + 1 })
}

type Bytes = Buffer | (() => Promise<AsyncIterable<Uint8Array>>)

async function readRate(reader: TabularReader, given: Bytes, rows: number): Promise<number> {
  await using engine = await openDuckdbEngine(engineSize)
  const found = { encoding: null, delimiter: null }
  return await rate(rows, async () => {
    const bytes = typeof given === 'function' ? await given() : inPieces(given)
    const { rows: read, rejectedRows } = await reader.read({ bytes, dialect: found, engine, table: 't' })
    if (read !== rows || rejectedRows > 0) throw new Error(`${read} rows were read, not ${rows}`)
  })
}

async function plainRead(rows: number, from: string): Promise<number> {
  const { DuckDBInstance } = await import('@duckdb/node-api')
  const instance = await DuckDBInstance.create(':memory:', { threads: String(engineSize.threads) })
  const connection = await instance.connect()
  try {
    return await rate(rows, async () => {
      await connection.run(`CREATE OR REPLACE TABLE t AS ${from}`)
    })
  } finally {
    connection.closeSync()
  }
}

/** Answers of a search, a thousand resources a page, as a connection hands them on. */
async function fhirServerRate(lines: readonly string[]): Promise<SourceBenchRow> {
  const pageSize = 1_000
  const server = createServer((request, reply) => {
    const url = new URL(request.url ?? '/', `http://${request.headers.host}`)
    const from = Number(url.searchParams.get('from') ?? 0)
    url.searchParams.set('from', String(from + pageSize))
    const next = from + pageSize < lines.length ? url.href : null
    reply.setHeader('content-type', 'application/fhir+json').end(pageOf(lines.slice(from, from + pageSize), next))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const settings = {
    ...{ baseUrl: `http://127.0.0.1:${port}/fhir`, fileOrigins: [], pageSize, incompleteExports: false },
    ...{ answerBytesMax: 2 ** 34, answerHoursMax: 1, requestSecondsMax: 60 },
  }
  const connection: Connection = adapters.connections.fhir!.open(settings, () => '')
  try {
    const rowsPerSecond = await rate(lines.length, async () => {
      await bytesOf(await connection.ask!(question('Patient')))
    })
    return { what: 'FHIR server, by pages of a search', rows: lines.length, rowsPerSecond, plainPerSecond: null }
  } finally {
    await connection.close()
    server.closeAllConnections()
    server.close()
  }
}

/** Messages over one connection, each accepted when it is flushed. */
async function messageRate(messages: number, folder: string): Promise<SourceBenchRow> {
  const log = await openFolderMessageLog(folder, memoryKeys('bench'), systemRandom)
  const openScratch = () => openFolderScratch(folder, systemRandom)
  const landed = await Landed.open({ log, openScratch, known: [], rewritten: [], clock: systemClock })
  const listener = await adapters.listenForMessages(
    listenOptions(dockOf(), landed, null, { clock: systemClock, random: systemRandom }),
  )
  const sender = senderTo(listener.port)
  const began = performance.now()
  for (let i = 0; i < messages; i++)
    await sender.send(adt({ event: 'A01', at: '20260131093000', id: `M${i}`, number: `A${i}` }))
  const rowsPerSecond = messages / ((performance.now() - began) / 1_000)
  await sender.close()
  await listener.close()
  await landed.close()
  return { what: 'HL7 v2 over MLLP, one connection', rows: messages, rowsPerSecond, plainPerSecond: null }
}

/** The median of three. */
async function rate(rows: number, work: () => Promise<void>): Promise<number> {
  const seconds: number[] = []
  for (let run = 0; run < 3; run++) {
    const began = performance.now()
    await work()
    seconds.push((performance.now() - began) / 1_000)
  }
  return rows / seconds.toSorted((a, b) => a - b)[1]!
}

async function* inPieces(bytes: Buffer): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += 65_536) yield bytes.subarray(at, at + 65_536)
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  for (const { what, rows, rowsPerSecond, plainPerSecond } of await benchSources(
    Number(process.argv[2] ?? rowsDefault),
  )) {
    const beside = plainPerSecond === null ? '' : `, the engine’s own reader ${Math.round(plainPerSecond)}`
    console.log(`${what}, ${rows} rows: ${Math.round(rowsPerSecond)} rows/s${beside}`)
  }
}
