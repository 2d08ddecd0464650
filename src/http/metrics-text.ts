import type { Tenant } from '#node'
import type { HttpContext } from './context.ts'

interface Gauge {
  readonly name: string
  readonly help: string
  readonly value: (tenant: Tenant, context: Pick<HttpContext, 'subscriptions'>) => number
}

const gauges: readonly Gauge[] = [
  { name: 'fdp_ledger_entries', help: 'Entries in the ledger.', value: ({ ledger }) => ledger.size },
  { name: 'fdp_tenant_readable', help: '1 if reads are answered.', value: (tenant) => (tenant.standstill() ? 0 : 1) },
  {
    name: 'fdp_access_grants_live',
    help: 'Grants that permit something now.',
    value: (tenant) => tenant.accessNow().length,
  },
  {
    name: 'fdp_flow_publications',
    help: 'Submissions published so far.',
    value: ({ governance }) => governance.catalogue().history.length,
  },
  {
    name: 'fdp_identity_open',
    help: '1 while identities are in memory.',
    value: ({ gate }) => (gate.identityOpen ? 1 : 0),
  },
  {
    name: 'fdp_subscription_connections',
    help: 'Websockets open to subscribers.',
    value: (tenant, { subscriptions }) => subscriptions.figures(tenant).connections,
  },
  {
    name: 'fdp_subscriptions',
    help: 'Object sets that subscribers watch.',
    value: (tenant, { subscriptions }) => subscriptions.figures(tenant).subscriptions,
  },
]

/** Prometheus text. Labels are tenant ids only; process figures carry OpenTelemetry semantic-convention names. */
export function metricsText({ node, subscriptions }: Pick<HttpContext, 'node' | 'subscriptions'>): string {
  const lines = gauges.flatMap(({ name, help, value }) => [
    `# HELP ${name} ${help}`,
    `# TYPE ${name} gauge`,
    ...[...node.tenants.values()].map(
      (tenant) => `${name}{tenant="${tenant.profile.id}"} ${value(tenant, { subscriptions })}`,
    ),
  ])
  const { rss, heapUsed } = process.memoryUsage()
  const { user, system } = process.cpuUsage()
  return `${[
    ...lines,
    '# TYPE process_memory_usage_bytes gauge',
    `process_memory_usage_bytes ${rss}`,
    '# TYPE v8js_memory_heap_used_bytes gauge',
    `v8js_memory_heap_used_bytes ${heapUsed}`,
    '# TYPE process_cpu_time_seconds counter',
    `process_cpu_time_seconds{cpu_mode="user"} ${user / 1e6}`,
    `process_cpu_time_seconds{cpu_mode="system"} ${system / 1e6}`,
  ].join('\n')}\n`
}
