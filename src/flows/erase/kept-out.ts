import { bareNhsNumberSql, cellText, personPath, usableNhsNumberSql } from '#contracts'
import { ident, joinSql, type OdsCode, type Sql, sql } from '#kernel'
import type { Ledger } from '#ledger'
import { isOptOutList, keySpace, type RecordKeySecrets, recordKey, recordKeyOf } from '#privacy'
import { keptOutRule } from '../report.ts'
import { storing } from '../stores.ts'
import type { FlowDeps } from '../submission.ts'
import type { Texts, Work } from '../work.ts'
import { erasureEntries, erasureLog } from './erasure-log.ts'

/*
 * Somebody who was erased, and whom the order keeps out, is known again by marks: keyed hashes of their NHS numbers and of
 * the ids of their records. Rows with such a mark stay out, without a value in quarantine, and are counted; the marks of
 * these rows are added, so that what hangs on them stays out too.
 */

const numberSpace = { external: 'kept-out/nhsNumber' } as const
/** An entry's detail holds so many. */
const marksMax = 20_000

/** Marks of somebody by what the vault and the lake had of them. Decimal texts. */
export function marksOf(numbers: readonly string[], keys: Iterable<string>, secrets: RecordKeySecrets): string[] {
  return [...numbers.map((number) => String(recordKeyOf(numberSpace, number, secrets))), ...keys]
}

/** Puts marks on record, in the erasable part: erasing it lets the person in again. */
export async function recordMarks(
  { ledger }: Pick<FlowDeps, 'ledger'>,
  of: { readonly erasure: string } | { readonly submission: string; readonly rows: number },
  marks: readonly string[],
): Promise<void> {
  for (let from = 0; from < marks.length; from += marksMax) {
    const detail = { marks: marks.slice(from, from + marksMax) }
    const entry = { type: erasureEntries.keptOut, governance: { version: 1, ...of }, detail }
    await storing('ledger', 'check', () => ledger.append(entry))
  }
}

/** Takes rows of people who are kept out from what is checked, and counts them as `person.erased`. Returns how many. */
export async function keepOut(work: Work, texts: Texts): Promise<number> {
  const { deps, engine, type } = work
  if (!type.personLevel && !isOptOutList(type.name)) return 0
  const marks = await knownMarks(deps.ledger)
  const brought = marksSql(work, texts)
  if (marks.length === 0 || brought.length === 0) return 0
  await engine.registerEphemeral('kept_out', {
    columns: [{ name: 'mark', type: 'BIGINT', values: marks.map((mark) => BigInt(mark)) }],
  })
  const found = joinSql(
    brought.map((mark) => sql`coalesce(${mark} IN (SELECT mark FROM kept_out), false)`),
    ' OR ',
  )
  await engine.execute(sql`CREATE OR REPLACE TABLE kept_out_rows AS SELECT _row FROM ${texts.table} WHERE ${found}`)
  const [count] = await engine.rows(sql`SELECT count(*) AS rows FROM kept_out_rows`)
  const rows = Number(count?.rows)
  if (rows === 0) return 0
  await engine.execute(sql`DELETE FROM findings WHERE _row IN (SELECT _row FROM kept_out_rows)`)
  await engine.execute(sql`INSERT INTO findings SELECT _row, ${keptOutRule}, 'ROW', NULL FROM kept_out_rows`)
  await recordNew(work, texts, rows)
  return rows
}

/** The row's own key, that of the record by which its patient is found, and the number that it brings. */
function marksSql(work: Work, texts: Texts): readonly Sql[] {
  const { type, received, secrets, deps } = work
  const cell = (name: string) => {
    const column = texts.columns.get(name)
    return column === undefined ? null : cellText(ident(column))
  }
  // Whom the row is about, and nothing else that it refers to: a record of somebody else stays theirs.
  const link = type.name === 'Patient' ? undefined : personPath(type)[0]?.property
  const linked = link && cell(link.name)
  const number = cell('nhsNumber')
  const { testNumbersAllowed, numberWithoutStatus } = deps.controllerPolicy
  const status = cell('nhsNumberStatusIndicatorCode') ?? sql`NULL::VARCHAR`
  const isVerified = sql`(${status} = '01' OR (${numberWithoutStatus === 'verified'} AND ${status} IS NULL))`
  const usable = (text: Sql) =>
    type.name === 'Patient'
      ? sql`CASE WHEN ${isVerified} THEN ${usableNhsNumberSql(text, { testNumbersAllowed })} END`
      : bareNhsNumberSql(text)
  const byNumber = type.name === 'Patient' || isOptOutList(type.name)
  return [
    ...ownKey(work, texts),
    ...(link && linked ? [recordKey(keySpace(type, link, received.controller), linked, secrets)] : []),
    ...(byNumber && number !== null ? [recordKey(numberSpace, usable(number), secrets)] : []),
  ]
}

function ownKey({ type, received, secrets }: Work, texts: Texts): readonly Sql[] {
  const column = texts.columns.get(type.primaryKey)
  if (column === undefined) return []
  const controller: OdsCode = received.controller
  return [recordKey({ object: type.name, controller }, cellText(ident(column)), secrets)]
}

async function recordNew(work: Work, texts: Texts, rows: number): Promise<void> {
  const [own] = ownKey(work, texts)
  if (!own) return
  const fresh = await work.engine.rows(sql`SELECT DISTINCT mark::VARCHAR AS mark FROM (
      SELECT ${own} AS mark FROM ${texts.table} WHERE _row IN (SELECT _row FROM kept_out_rows)
    ) WHERE mark IS NOT NULL AND mark NOT IN (SELECT mark FROM kept_out)`)
  const marks = fresh.map(({ mark }) => String(mark))
  await recordMarks(work.deps, { submission: work.received.submission, rows }, marks)
}

async function knownMarks(ledger: Ledger): Promise<readonly string[]> {
  const { keptOut, rowsErased } = await erasureLog(ledger)
  // Of an order that did not begin in the end, marks keep nobody out.
  const inForce = [...keptOut].filter(([, erasure]) => erasure === null || rowsErased.has(erasure))
  const marks = new Set<string>()
  for await (const [, detail] of ledger.details(inForce.map(([entry]) => entry).sort((a, b) => a - b))) {
    if (detail.state === 'present') for (const mark of detail.detail.marks as string[]) marks.add(mark)
  }
  return [...marks]
}
