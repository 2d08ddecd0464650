import type { MetricResult } from '#metrics'
import type { FdpNode, Tenant } from '#node'
import { type Html, html } from './html.ts'
import { style } from './style.ts'

/** The first page: what the node holds, the waiting list as released, who can see what, and whether the record holds. */
export function overviewPage(
  node: FdpNode,
  released: readonly { readonly tenant: string; readonly result: MetricResult }[],
): string {
  const tenants = [...node.tenants.values()]
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>OpenFDP: this node</title>
<style>${{ text: style } as Html}</style>
</head>
<body>
<a class="skip" href="#main">Skip to main content</a>
<header><div class="width"><strong>OpenFDP</strong> <span>an open federated data platform</span></div></header>
<main id="main" class="width">
<h1>This node</h1>
<p class="lead">${tenants.length} tenants, each with its own data, keys, ledger and policies. All people here are made up.</p>
<nav aria-label="On this page"><ul>
<li><a href="#tenants">Tenants</a></li><li><a href="#list">The waiting list</a></li>
<li><a href="#access">Who can see what</a></li><li><a href="#record">The record</a></li></ul></nav>
<h2 id="tenants">Tenants</h2>
${table(
  'Tenants and what has been published in each',
  ['Tenant', 'Controller', 'Reads', 'Published data', 'Rows'],
  tenants.flatMap(tenantRows),
)}
<h2 id="list">The waiting list</h2>
${released.map(({ tenant, result }) => waitingList(node.tenants.get(tenant)?.profile.name ?? tenant, result))}
<h2 id="access">Who can see what</h2>
<p>Every grant that permits something at this moment, evaluated by the policies that enforce. Nobody else can see anything.</p>
${tenants.map(accessTable)}
<h2 id="record">The record</h2>
<p>Every read, act and publication is an entry in its tenant’s signed ledger. To check one without trusting this page, run <code>./fdp ledger verify</code> on a copy of its folder.</p>
${table(
  'Ledgers',
  ['Tenant', 'Entries', 'Signed head'],
  tenants.map(({ profile, ledger }) => [
    profile.name,
    ledger.size,
    html`<a href="/ledgers/${profile.id}/checkpoint">checkpoint</a>`,
  ]),
)}
</main>
<footer><div class="width">OpenFDP is open source under the Apache Licence 2.0. Figures say what they count, when, and from which ledger entry.</div></footer>
</body>
</html>`
  return page.text
}

type Cell = Html | string | number | null

function table(caption: string, head: readonly string[], rows: readonly (readonly Cell[])[]): Html {
  const numeric = head.map(
    (_, i) => rows.length > 0 && rows.every((row) => typeof row[i] === 'number' || row[i] === '*'),
  )
  return html`<div class="scroll" tabindex="0" role="region" aria-label="${caption}"><table><caption>${caption}</caption>
<thead><tr>${head.map((name, i) => html`<th scope="col" class="${numeric[i] ? 'number' : ''}">${name}</th>`)}</tr></thead>
<tbody>${rows.map(
    (row) => html`<tr>${row.map((cell, i) => html`<td class="${numeric[i] ? 'number' : ''}">${shown(cell)}</td>`)}</tr>
`,
  )}</tbody></table></div>`
}

function shown(cell: Cell): Html | string | null {
  return typeof cell === 'number' ? cell.toLocaleString('en-GB') : cell
}

function tenantRows({ profile, governance, standstill }: Tenant): Cell[][] {
  const state = standstill()?.code ?? 'answered'
  const published = governance.catalogue().publications()
  if (published.length === 0) return [[profile.name, profile.controller as string, state, 'none yet', 0]]
  return published.map(({ object, rows, asAt }, i) => [
    ...(i === 0 ? [profile.name, profile.controller as string, state] : ['', '', '']),
    `${object}, as at ${asAt}`,
    rows,
  ])
}

const columnTitles: Readonly<Record<string, string>> = {
  provider: 'Provider',
  treatmentFunction: 'Treatment function',
  commissioner: 'Commissioner',
}

function waitingList(name: string, result: MetricResult): Html {
  const keys = Object.keys(result.rows[0]?.key ?? {})
  const measures = Object.keys(result.measures)
  const head = [...keys.map((key) => columnTitles[key] ?? key), ...measures.map((id) => result.measures[id] ?? id)]
  const rows = result.rows.map(({ key, figures }) => [
    ...keys.map((id) => key[id] ?? ''),
    ...measures.map((id) => figures[id] ?? '–'),
  ])
  return html`<h3>As ${name} sees it</h3>
${table(`${result.metric.title}, ${result.period.lastDay}`, head, rows)}
<details><summary>What these numbers are</summary>
<p>${result.metric.counts} ${result.metric.leavesOut}</p>
<p>${result.population.title}. ${result.basis.title}. Percentiles: ${result.percentileMethod}. ${result.disclosure.statement}</p>
<p>Definition ${result.metric.id}, version ${result.metric.version}; released in entry ${result.provenance.entry} of the ledger, for the purpose ${result.provenance.purpose}.</p>
</details>`
}

function accessTable(tenant: Tenant): Html {
  const rows = tenant
    .accessNow()
    .map((row) => [
      html`${row.name}<br><span class="hint">${row.role}</span>`,
      row.action === 'read' ? 'read' : 'send in',
      `${row.object} (${row.columns.length} columns)`,
      row.level,
      row.purpose as string,
      row.until.slice(0, 10),
      row.approvedBy as string,
    ])
  return html`<h3>${tenant.profile.name}</h3>
${table(`Live grants at ${tenant.profile.name}`, ['Who', 'May', 'What', 'Level', 'For', 'Until', 'Approved by'], rows)}`
}
