import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Type } from '@sinclair/typebox'
import { asDeclared, readYaml, type Wrong } from '#declared'
import { connectionName, type Graded, healthLog, noteHealth, untold } from '#docks'
import { isFdpError } from '#kernel'
import type { Notice } from '#ports'
import { again, type Tended } from './again.ts'
import { Connections } from './connections.ts'
import { nodeErrors } from './errors.ts'
import { faultOf } from './fault.ts'
import { tenantHealth } from './health.ts'
import type { Log } from './log.ts'
import type { FdpNode } from './node.ts'
import { outboundHealth } from './outbound-health.ts'
import type { Tenant } from './tenant.ts'

const everyMs = 60_000
const alertsFile = 'alerts.yaml'

const AlertsSchema = Type.Object(
  {
    tell: Type.Array(Type.String({ pattern: connectionName, maxLength: 60 }), { maxItems: 20 }),
    from: Type.Union([Type.Literal('watch'), Type.Literal('act')], { default: 'act' }),
  },
  { additionalProperties: false },
)

/** Whom a tenant tells of what is not as it should be, and from which grade on; nobody where nothing is declared. */
export interface Alerts {
  readonly tell: readonly string[]
  readonly from: 'watch' | 'act'
}

/** `alerts.yaml` of a tenant. FDP_NODE_ALERTS. */
export function readAlerts({ folder }: Pick<Tenant, 'folder'>): Alerts {
  const path = join(folder, alertsFile)
  if (!existsSync(path)) return { tell: [], from: 'act' }
  const wrong: Wrong = (where) => nodeErrors('FDP_NODE_ALERTS', { where })
  return asDeclared(AlertsSchema, readYaml(readFileSync(path, 'utf8'), wrong), wrong)
}

/**
 * Looks once at what is delivered to a tenant: writes down which signs changed, and tells each declared connection what it
 * has not been told. A connection that does not take something is told again at the next look; the code says why.
 */
export async function lookAtHealth(
  tenant: Tenant,
  connections: Pick<Connections, 'of'>,
): Promise<readonly { readonly connection: string; readonly code: string | null }[]> {
  const { ledger } = tenant
  await noteHealth([...(await tenantHealth(tenant)), ...(await outboundHealth(tenant))], ledger)
  const { tell, from } = readAlerts(tenant)
  const told: { connection: string; code: string | null }[] = []
  for (const connection of new Set(tell)) {
    const log = await healthLog(ledger)
    const news = untold(log, connection, from)
    if (news.length === 0 && log.toldUpTo(connection) !== null) continue
    try {
      if (news.length > 0) await tellBy(connections, connection, noticeOf(tenant, news))
    } catch (error) {
      if (!isFdpError(error)) throw error
      told.push({ connection, code: error.code })
      continue
    }
    const upTo = log.changes.at(-1)?.entry ?? -1
    await ledger.append({ type: 'health.told', governance: { version: 1, connection, upTo } })
    if (news.length > 0) told.push({ connection, code: null })
  }
  return told
}

async function tellBy(connections: Pick<Connections, 'of'>, name: string, notice: Notice): Promise<void> {
  const { tell } = connections.of(name)
  if (!tell) throw nodeErrors('FDP_NODE_NOT_TOLD', { connection: name })
  await tell(notice)
}

const gradeWords = { good: 'good again', watch: 'to be watched', act: 'to be acted on' } as const

function noticeOf({ profile }: Tenant, news: readonly Graded[]): Notice {
  const lines = news.map(
    ({ object, controller, sign, grade, says }) =>
      `${object} of ${controller}: ${sign} is ${gradeWords[grade]} (${says})`,
  )
  const last = news.at(-1)!
  const worst = news.some(({ grade }) => grade === 'act')
    ? 'act'
    : news.some(({ grade }) => grade === 'watch')
      ? 'watch'
      : 'good'
  return {
    id: `${profile.id}-health-${last.entry}`,
    at: last.at,
    subject: `${profile.name}: deliveries ${gradeWords[worst]}`,
    text: `${lines.join('\n')}\n\nSee ./fdp dock health, and entry ${last.entry} of the ledger.\n`,
    document: {
      ...{ format: 'openfdp/health-notice', version: 1, tenant: profile.id },
      changes: news.map((each) => ({ ...each })),
    },
  }
}

/** Looks at the health of every tenant once a minute, until it is closed. */
export function tendHealth(node: FdpNode, log: Pick<Log, 'info' | 'warn' | 'error'>): Tended {
  const tended = [...node.tenants].map(([id, tenant]) => ({
    ...{ id, tenant },
    connections: new Connections(tenant.folder, node.adapters.connections),
  }))
  const looking = again(everyMs, async (ending) => {
    for (const { id, tenant, connections } of tended) if (!ending.aborted) await look(id, tenant, connections)
  })
  async function look(id: string, tenant: Tenant, connections: Connections): Promise<void> {
    try {
      for (const { connection, code } of await lookAtHealth(tenant, connections)) {
        if (code === null) log.info({ tenant: id, connection }, 'told how deliveries are')
        else log.warn({ tenant: id, connection, code }, 'could not tell how deliveries are')
      }
    } catch (error) {
      if (isFdpError(error)) log.warn({ tenant: id, code: error.code }, 'deliveries could not be looked at')
      else log.error({ tenant: id, fault: faultOf(error) }, 'deliveries could not be looked at')
    }
  }
  return {
    async close() {
      // What is being told fails, instead of being waited for.
      await Promise.all([looking.close(), ...tended.map(({ connections }) => connections.close())])
    },
  }
}
