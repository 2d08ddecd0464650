import { existsSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { type SubmissionReport, submit } from '#flows'
import { addDays, type Clock, type DateOnly, dateOf, type PurposeId, parseSubjectId, type SubjectId } from '#kernel'
import { type MetricResult, parsePeriod, runMetric } from '#metrics'
import { type Adapters, createTenant, type FdpNode, type Tenant, tenantFolders } from '#node'
import { codes, csvSource, economyPlan, seedTenant, type TenantPlan, trustFiles } from '#synthetic'
import { progressOf } from './commands/flow.ts'
import { loadedMetric } from './commands/metric.ts'
import type { Io } from './io.ts'
import type { Host } from './scene.ts'

/** Makes the folders and keys of the synthetic economy where they are missing. Before the node is opened. */
export async function makeEconomy(home: string, adapters: Adapters): Promise<void> {
  await mkdir(join(home, 'tenants'), { recursive: true, mode: 0o700 })
  for (const plan of economyPlan()) {
    const folder = join(home, 'tenants', plan.id)
    if (!existsSync(join(folder, 'tenant.json'))) await createTenant(folder, { ...plan, synthetic: true }, adapters)
  }
}

/** Whether the economy may be made in a home: there is nobody else's tenant in it. */
export async function canBeEconomy(home: string): Promise<boolean> {
  const ids = economyPlan().map(({ id }) => id)
  return (await tenantFolders(home)).every(({ profile }) => profile.synthetic && ids.includes(profile.id))
}

/** Whether a home holds the synthetic economy or nothing: another node is served as it is. */
export function isEconomy(node: FdpNode): boolean {
  return economyPlan().every((plan) => node.tenants.has(plan.id))
}

export interface DayReport {
  readonly submissions: readonly { readonly tenant: string; readonly report: SubmissionReport }[]
  readonly tables: readonly { readonly tenant: string; readonly result: MetricResult }[]
}

/** One day: the trusts take their nightly files in, send their monthly return, and everybody looks at the list. */
export async function runDay(node: FdpNode, host: Host, io: Io): Promise<DayReport> {
  const plans = economyPlan()
  const clock = node.adapters.clock
  for (const plan of plans) await seedOnce(node.tenant(plan.id), plan, clock)
  const submissions: { tenant: string; report: SubmissionReport }[] = []
  const trusts = plans.filter((plan) => plan.kind === 'trust')
  const today = dateOf(clock.now())
  const period = monthBefore(today)
  for (const [i, plan] of trusts.entries()) {
    submissions.push(...(await takeNightIn(node.tenant(plan.id), plan, today, i, io)))
  }
  const returned = await Promise.all(trusts.map((plan) => monthlyReturn(node.tenant(plan.id), plan, host, period)))
  for (const plan of plans.filter((each) => each.kind !== 'trust')) {
    submissions.push(await takeReturnIn(node.tenant(plan.id), plan, returned.flat(), period, io))
  }
  const tables: { tenant: string; result: MetricResult }[] = []
  for (const plan of plans) {
    const reader = plan.grants.find((grant) => grant.level === 'aggregate' && grant.action === 'read')
    if (!reader) continue
    const basis = plan.kind === 'trust' ? 'pathways' : 'return'
    const parameters = { period, basis, by: [plan.kind === 'trust' ? 'treatment-function' : 'provider'] }
    tables.push({ tenant: plan.id, result: await metricAs(node.tenant(plan.id), reader, host, parameters) })
  }
  await node.witness()
  return { submissions, tables }
}

async function seedOnce(tenant: Tenant, plan: TenantPlan, clock: Clock): Promise<void> {
  if (tenant.governance.state().controller !== null) return
  const { state, policies } = tenant.governance
  await seedTenant({ plan, ledger: tenant.ledger, state, policies, clock })
}

async function takeNightIn(tenant: Tenant, plan: TenantPlan, today: DateOnly, i: number, io: Io) {
  const files = trustFiles({
    ...{
      seed: `economy/${today}`,
      provider: plan.controller,
      commissioners: [codes.icb, codes.icb, codes.otherCommissioner],
    },
    ...{ patients: i === 0 ? 600 : 400, today, firstNumber: i * 500 },
    // One trust exports plain UTF-8, the other what an old Windows system writes.
    style: i === 0 ? { delimiter: ',', encoding: 'utf8', bom: true } : { delimiter: ';', encoding: 'latin1' },
    mistakes: i === 0,
  })
  const reports: { tenant: string; report: SubmissionReport }[] = []
  for (const { object, source } of files) {
    const by = granted(plan, 'submit', object)
    const about = { object, controller: plan.controller, asAt: today, source, ...by }
    reports.push({
      tenant: plan.id,
      report: await submit(about, { ...tenant.flows, progress: progressOf(io, source.name) }),
    })
  }
  return reports
}

type ReturnRow = Readonly<Record<string, string>>

/** The monthly return of one trust: true counts, released by its own act and recorded in its own ledger (law 8). */
async function monthlyReturn(tenant: Tenant, plan: TenantPlan, host: Host, period: string): Promise<ReturnRow[]> {
  const grant = plan.grants.find(({ purpose, level }) => purpose === 'mandatory-return' && level === 'aggregate')
  if (!grant) return []
  const by = ['provider', 'commissioner', 'treatment-function', 'week-band']
  const { rows } = await metricAs(tenant, grant, host, { period, basis: 'pathways', by })
  return rows.map(({ key, figures }) => ({
    rttReturnId: [period, key.provider, key.commissioner, key.treatmentFunction, key.weekBand].join('/'),
    ...{ period, providerParentCode: codes.icb, providerCode: String(key.provider), commissionerParentCode: '' },
    ...{
      commissionerCode: String(key.commissioner),
      partCode: 'Part_2',
      treatmentFunctionCode: String(key.treatmentFunction),
    },
    ...{ bandLowerWeeks: String(key.weekBand), pathways: String(figures.incomplete) },
  }))
}

async function takeReturnIn(tenant: Tenant, plan: TenantPlan, rows: readonly ReturnRow[], period: string, io: Io) {
  const source = csvSource(`rtt-return-${period}.csv`, rows, { delimiter: ',', encoding: 'utf8' })
  const asAt = parsePeriod(period).lastDay as DateOnly
  const about = {
    object: 'RttReturn',
    controller: plan.controller,
    asAt,
    source,
    ...granted(plan, 'submit', 'RttReturn'),
  }
  return {
    tenant: plan.id as string,
    report: await submit(about, { ...tenant.flows, progress: progressOf(io, source.name) }),
  }
}

async function metricAs(
  tenant: Tenant,
  grant: { readonly subject: string; readonly purpose: string },
  host: Host,
  parameters: Parameters<typeof runMetric>[2],
): Promise<MetricResult> {
  const subject = parseSubjectId(grant.subject)
  const purpose = grant.purpose as PurposeId
  const asks = tenant.governance.state().purposes.get(purpose)?.justification === 'once-a-session'
  const justification = 'the daily look at the waiting list'
  await using session = await tenant.gate.open({ subject, purpose, ...(asks ? { justification } : {}) })
  return await runMetric(session, await loadedMetric(host, 'rtt-incomplete'), parameters)
}

function granted(plan: TenantPlan, action: 'submit', object: string): { subject: SubjectId; purpose: PurposeId } {
  const grant = plan.grants.find((each) => each.action === action && each.object === object)
  if (!grant) throw new Error(`the plan lets nobody ${action} ${object}`)
  return { subject: parseSubjectId(grant.subject), purpose: grant.purpose as PurposeId }
}

function monthBefore(day: DateOnly): string {
  return addDays(`${day.slice(0, 7)}-01` as DateOnly, -1).slice(0, 7)
}
