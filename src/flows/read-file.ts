import { type FileIssue, matchHeader, rowCountIssues } from '#contracts'
import { isFdpError, sql } from '#kernel'
import { fail } from './errors.ts'
import { isPart, readerOf } from './format.ts'
import type { Finding } from './report.ts'
import type { Mapping } from './submission.ts'
import type { Texts, Work } from './work.ts'

/** More rows than this in one submission are refused. */
const rowsMax = 200_000_000

export interface FileRead {
  /** Null where the file is refused before a row is looked at. */
  readonly texts: Texts | null
  readonly rowsRead: number
  readonly unreadable: number
  readonly findings: readonly Finding[]
  readonly unknownColumns: readonly number[]
  /** Why it is no table, in words; null where it is one. */
  readonly problem: string | null
}

/**
 * The landed bytes as a table of texts, under the contract's names; and what is wrong with the file as a whole. Rows
 * that cannot be taken apart go into `findings` by position.
 */
export async function readFile(work: Work): Promise<FileRead> {
  const { deps, received, engine, mapping, type } = work
  await engine.execute(sql`CREATE TABLE findings (_row BIGINT, rule VARCHAR, severity VARCHAR, property VARCHAR)`)
  const tell = (done: number) => deps.progress?.('read', done, received.bytes)
  const bytes = () => counted(deps.blobs.open(received.blob), tell)
  const { dialect, format } = received
  const part = received.part === null ? null : isPart(deps.keys, received.part)
  const layout = mapping?.layout ?? null
  const read = await readerOf(format, deps.readers).read({ bytes, dialect, part, layout, engine, table: 'raw' })
  const unreadable = read.rejectedRows
  if (read.rejects.length > 0) await listUnreadable(work, read.rejects)
  const rowsRead = read.rows + unreadable
  const source = [...sourceIssues(mapping, read.header), ...otherRows(received, rowsRead)]
  if (source.some(({ severity }) => severity === 'FAIL')) {
    return { texts: null, rowsRead, unreadable, findings: fileFindings(source), unknownColumns: [], problem: null }
  }
  const header = mapping ? await mapped(work) : read.header
  const match = matchHeader(type, header)
  // A mapping that finds nothing for itself would replace a whole snapshot by nothing.
  const rows = mapping ? await countMapped(work) : rowsRead
  const issues = [...rowCountIssues(rows, rowsMax), ...match.issues, ...source]
  const refused = issues.some(({ severity }) => severity === 'FAIL')
  const columns = new Map(match.columns.map(({ property, header: name }) => [property.name, name]))
  return {
    texts: refused ? null : { table: mapping ? sql`mapped` : sql`raw`, columns, rows: read.rows },
    rowsRead,
    unreadable,
    findings: [...fileFindings(issues), ...unreadableFinding(unreadable), ...(await leftOutFinding(work))],
    unknownColumns: issues.flatMap(({ rule, position }) =>
      rule === 'file.unknown-column' && position !== null ? [position] : [],
    ),
    problem: null,
  }
}

async function* counted(bytes: AsyncIterable<Uint8Array>, tell: (done: number) => void): AsyncGenerator<Uint8Array> {
  let done = 0
  for await (const chunk of bytes) {
    yield chunk
    done += chunk.length
    tell(done)
  }
}

async function listUnreadable(work: Work, rejects: readonly { row: number }[]): Promise<void> {
  const values = [...new Set(rejects.map(({ row }) => row))]
  await work.engine.registerEphemeral('unreadable', { columns: [{ name: '_row', type: 'BIGINT', values }] })
  await work.engine.execute(sql`INSERT INTO findings SELECT _row, 'file.unreadable-row', 'ROW', NULL FROM unreadable`)
}

/** Runs the mapping; the names it gives its columns are judged like a header. */
async function mapped({ engine, mapping }: Work): Promise<string[]> {
  if (!mapping) throw new Error('no mapping to run')
  try {
    await engine.execute(sql`CREATE OR REPLACE TABLE mapped AS ${mapping.sql(sql`raw`)}`)
  } catch (error) {
    const problem = mapping.problem?.(error)
    if (problem) throw problem
    if (isFdpError(error, 'FDP_ENGINE_FAILED')) throw fail('FDP_FLOWS_MAPPING_FAILED', { mapping: mapping.id })
    throw error
  }
  const described = await engine.rows(sql`SELECT column_name AS name FROM (DESCRIBE mapped)`)
  return described.map(({ name }) => String(name)).filter((name) => name !== '_row')
}

async function countMapped({ engine }: Work): Promise<number> {
  const [row] = await engine.rows(sql`SELECT count(*) AS n FROM mapped`)
  return Number(row?.n)
}

/** A sender that counted other rows sent another file, or half of one. */
function otherRows({ rowsSaid }: Work['received'], rows: number): FileIssue[] {
  if (rowsSaid === null || rowsSaid === rows) return []
  return [{ rule: 'file.other-rows', severity: 'FAIL', column: null, suggestion: null, position: null }]
}

/** A column that the mapping reads and the file has not; columns that it neither reads nor says it does not need. */
function sourceIssues(mapping: Mapping | null, header: readonly string[]): FileIssue[] {
  if (!mapping?.source) return []
  const { reads, unused } = mapping.source
  const about = { suggestion: null, position: null }
  const missing = reads.filter((column) => !header.includes(column))
  return [
    ...missing.map((column): FileIssue => ({ ...about, rule: 'file.missing-column', severity: 'FAIL', column })),
    ...header.flatMap((name, i): FileIssue[] => {
      if (reads.includes(name) || unused.includes(name)) return []
      return [{ ...about, rule: 'file.unknown-column', severity: 'WARN', column: null, position: i + 1 }]
    }),
  ]
}

async function leftOutFinding({ engine, mapping }: Work): Promise<Finding[]> {
  if (!mapping?.leftOut) return []
  const [row] = await engine.rows(mapping.leftOut(sql`raw`))
  const rows = Number(row?.rows)
  return rows === 0 ? [] : [{ rule: 'mapping.left-out', severity: 'WARN', column: null, rows }]
}

/** One finding a rule and column; unknown columns are counted together, since their names may be data. */
function fileFindings(issues: readonly FileIssue[]): Finding[] {
  const findings = issues.map(({ rule, severity, column }) => ({
    rule,
    severity,
    column: rule === 'file.unknown-column' ? null : column,
    rows: 0,
  }))
  return findings.filter(
    (each, i) => findings.findIndex(({ rule, column }) => rule === each.rule && column === each.column) === i,
  )
}

function unreadableFinding(rows: number): Finding[] {
  return rows === 0 ? [] : [{ rule: 'file.unreadable-row', severity: 'ROW', column: null, rows }]
}
