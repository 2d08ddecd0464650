import type { MetricResult } from '#metrics'
import type { Tenant } from '#node'
import { type Html, html } from './html.ts'
import { dayInWords } from './in-words.ts'
import { table } from './table.ts'

/** Figures released to somebody when the day was run. */
export interface Released {
  readonly tenant: string
  readonly result: MetricResult
}

const columnTitles: Readonly<Record<string, string>> = {
  provider: 'Provider',
  treatmentFunction: 'Treatment function',
  commissioner: 'Commissioner',
  weekBand: 'Weeks',
}

/** Figures with what they count, when and from where, or a sentence if the right to them has ended since (law 4). */
export function waitingList(tenant: Tenant, result: MetricResult): Html {
  const heading = html`<h3>As ${tenant.profile.name} sees it</h3>`
  if (!isStillAllowed(tenant, result)) {
    return html`${heading}<p>The right to see these figures has ended since they were released, so they are not shown.</p>`
  }
  const keys = Object.keys(result.rows[0]?.key ?? {})
  const measures = Object.keys(result.measures)
  const titles = measures.map((id) => result.measures[id] ?? id)
  return html`${heading}
${table({
  caption: `${result.metric.title}, ${dayInWords(result.period.lastDay)}`,
  head: [...keys.map((key) => columnTitles[key] ?? key), ...titles],
  keys: keys.length,
  rows: result.rows.map(({ key, figures }) => [
    ...keys.map((id) => key[id] ?? ''),
    ...measures.map((id) => figures[id] ?? null),
  ]),
})}
<details><summary>What these numbers are</summary>
<p>${result.metric.counts} ${result.metric.leavesOut}</p>
<p>${result.population.title}. ${result.basis.title}. Percentiles: ${result.percentileMethod}. ${result.disclosure.statement}</p>
<p>Definition ${result.metric.id}, version ${result.metric.version}; released to ${result.provenance.subject} for the purpose ${result.provenance.purpose}, in entry ${result.provenance.entry} of the ledger of ${tenant.profile.name}.</p>
</details>`
}

/** Access is evaluated, never remembered: figures kept since the day was run are judged again each time. */
function isStillAllowed(tenant: Tenant, { basis, provenance }: MetricResult): boolean {
  if (tenant.standstill() !== null) return false
  const mine = tenant
    .accessNow()
    .filter(
      ({ person, purpose, action, level }) =>
        person === provenance.subject && purpose === provenance.purpose && action === 'read' && level === 'aggregate',
    )
  return basis.objects.every((object) => mine.some((row) => row.object === object))
}
