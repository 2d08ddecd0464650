import { flowLog, quarantineValues, type SubmissionReport } from '#flows'
import type { ReadResult, Session } from '#gate'
import { ident, type JsonObject, limits, sql } from '#kernel'
import type { LedgerEntry, Receipt } from '#ledger'
import type { Engine } from '#ports'
import { nodeErrors } from './errors.ts'
import { quarantineReach } from './quarantine-reach.ts'
import type { Tenant } from './tenant.ts'

const columns = ['row', 'rule', 'column', 'value'] as const
const submissionCharactersMin = 8

/** The one submission whose id begins so. FDP_NODE_NO_SUBMISSION where there is none, or more than one. */
export async function findSubmission(tenant: Tenant, beginning: string): Promise<SubmissionReport> {
  const { outcomes } = await flowLog(tenant.ledger)
  const found = [...outcomes.values()].filter(({ submission }) => submission.startsWith(beginning))
  const [only] = found
  if (!only || found.length > 1 || beginning.length < submissionCharactersMin) {
    throw nodeErrors('FDP_NODE_NO_SUBMISSION', { charactersMin: submissionCharactersMin })
  }
  return only
}

/**
 * The values that kept rows out of a submission, through the gate like any other read: only at identifiable level of
 * that object type, for the columns of the grant, entry first, and looked at again before each batch. They are decrypted
 * into the engine that holds identities, and leave it with the result. At most `rowsMax` of them. A grant for some rows of
 * the object type gives none of these, since nobody knows whose they are; a look at one of them gives that one.
 */
export async function readQuarantine(
  tenant: Tenant,
  session: Session,
  report: SubmissionReport,
  rowsMax: number,
): Promise<ReadResult> {
  const { submission, object } = report
  const table = `quarantine_${submission.slice(0, 16)}`
  let engine: Engine | null = null
  const result = await session.rows({
    about: { quarantine: submission, object },
    relations: { rows: { object, columns: 'all-permitted', level: 'identifiable' } },
    person: null,
    attach: async (room) => {
      engine = room
      await fill(tenant, session, room, table, report, Math.min(rowsMax, limits.filterValuesMax))
    },
    build: () => sql`SELECT "row", "rule", "column", "value" FROM ${ident(table)} ORDER BY "row", "rule", "column"`,
  })
  return {
    ...{ entry: result.entry, level: result.level, columns: result.columns },
    batches: () => result.batches(),
    async [Symbol.asyncDispose]() {
      await result[Symbol.asyncDispose]()
      // The room may have closed with the session; then the table is gone already.
      await (engine as Engine | null)?.execute(sql`DROP TABLE IF EXISTS ${ident(table)}`).catch(() => undefined)
    },
  }
}

async function fill(
  tenant: Tenant,
  session: Session,
  engine: Engine,
  table: string,
  report: SubmissionReport,
  rowsMax: number,
): Promise<void> {
  const cells: Record<(typeof columns)[number], (string | number | null)[]> = {
    row: [],
    rule: [],
    column: [],
    value: [],
  }
  const { submission } = report
  const receipt = await receiptOf(tenant, session, submission)
  const reach = await quarantineReach(tenant, receipt.index, report)
  for await (const line of quarantineValues(tenant.flows, submission, receipt)) {
    if (cells.row.length >= rowsMax) break
    if (!reach(line.row)) continue
    for (const name of columns) cells[name].push(line[name])
  }
  await engine.registerEphemeral(table, {
    columns: columns.map((name) => ({ name, type: name === 'row' ? 'BIGINT' : 'VARCHAR', values: cells[name] })),
  })
}

/** The entry that the gate has just written for this very read. */
async function receiptOf(tenant: Tenant, session: Session, submission: string): Promise<Receipt> {
  for (let index = tenant.ledger.size - 1; index >= 0; index--) {
    const entry = await tenant.ledger.entry(index)
    if (isThisRead(entry, session, submission)) return { index: entry.index, time: entry.time }
  }
  throw new Error('the gate let a read begin without its entry')
}

function isThisRead({ type, governance }: LedgerEntry, session: Session, submission: string): boolean {
  const about = governance.about as JsonObject | undefined
  return (
    type === 'read.opened' &&
    governance.subject === session.subject &&
    governance.purpose === session.purpose &&
    about?.quarantine === submission
  )
}
