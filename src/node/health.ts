import { agendaOf, type Day, dockLog, type Health, healthOf } from '#docks'
import { flowLog } from '#flows'
import { isFdpError, londonDay } from '#kernel'
import { readDocks } from './docks.ts'
import type { Tenant } from './tenant.ts'

interface Contract {
  readonly columnsSha256?: string
}

/** How what is delivered to a tenant is, as of now: from its ledger and its docks, no row looked at. */
export async function tenantHealth(tenant: Tenant): Promise<readonly Health[]> {
  const { flows, ledger, governance } = tenant
  const now = flows.clock.now()
  const [log, { outcomes }] = [await dockLog(ledger), await flowLog(ledger)]
  const days = new Map<string, readonly Day[]>()
  for (const dock of readDocks(tenant)) {
    if (!isFdpError(dock)) days.set(`${dock.object} ${dock.controller}`, agendaOf(dock, log, now))
  }
  const columns = new Map(
    governance.catalogue().history.map(({ entry, contract }) => [entry, String((contract as Contract).columnsSha256)]),
  )
  const reports = [...outcomes.values()].sort((a, b) => a.entry - b.entry)
  return healthOf({ reports, days, columns, today: londonDay(now) })
}
