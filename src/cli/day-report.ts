import { join } from 'node:path'
import { openingCounts } from '#governance'
import { verifyLedger } from '#ledger'
import type { FdpNode } from '#node'
import { printAccess } from './commands/access.ts'
import { printReport } from './commands/ledger.ts'
import { printMetric } from './commands/metric.ts'
import type { DayReport } from './economy-day.ts'
import { type Io, printRows } from './io.ts'

/** What happened, for the person who started it: rows, the waiting list, who can see what, whether the record holds. */
export async function printDay(io: Io, node: FdpNode, { submissions, tables }: DayReport): Promise<boolean> {
  io.out('\nRows in, quarantined, published\n')
  printRows(
    io,
    ['tenant', 'object', 'asAt', 'outcome', 'in', 'quarantined', 'published', 'warned', 'entry'],
    submissions.map(({ tenant, report: { object, asAt, outcome, rows, entry } }) => [
      ...[tenant, object, asAt, outcome, rows.read, rows.quarantined, rows.published, rows.warned, entry],
    ]),
  )
  for (const { tenant, result } of tables) {
    io.out(`\nWaiting list (RTT incomplete pathways) as ${tenant} sees it\n`)
    printMetric(io, result)
  }
  io.out('\nWho can see what now\n')
  const access = [...node.tenants.values()].flatMap((tenant) =>
    tenant.accessNow().map((row) => ({ tenant: tenant.profile.id as string, row })),
  )
  printAccess(io, access)
  printOpenings(io, node)
  io.out('\nLedgers\n')
  let findings = 0
  for (const { profile, ledger, folder, keys } of node.tenants.values()) {
    await ledger.settle()
    findings += printReport(
      io,
      profile.id,
      await verifyLedger(node.adapters.ledgerReader(join(folder, 'ledger')), ledger.vkey, { keys }),
    )
  }
  return findings === 0
}

/** Emergencies and looks at one row; a day without any says so. */
function printOpenings(io: Io, node: FdpNode): void {
  io.out('\nEmergencies, and looks at one row\n')
  const at = node.adapters.clock.now()
  const rows = [...node.tenants.values()].flatMap(({ profile, governance }) =>
    Object.entries(openingCounts(governance.state(), at)).map(([kind, counts]) => [
      ...[profile.id as string, kind, counts.opened, counts.open, counts.waiting, counts.overdue, counts.notJustified],
    ]),
  )
  const used = rows.filter(([, , opened]) => opened !== 0)
  if (used.length === 0) io.out('none was ever opened\n')
  else printRows(io, ['tenant', 'kind', 'opened', 'open now', 'to be reviewed', 'late', 'not justified'], used)
}
