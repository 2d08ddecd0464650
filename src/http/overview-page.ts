import type { Tenant } from '#node'
import type { HttpContext } from './context.ts'
import type { Caller } from './endpoint.ts'
import { type Html, html } from './html.ts'
import { dayInWords } from './in-words.ts'
import { style } from './style.ts'
import { type Cell, table } from './table.ts'
import { waitingList } from './waiting-list.ts'

/** The first page: what the node holds, and of the tenants where this person is in post: the waiting list as it was
 * released to them, who can see what, and whether the record holds. */
export function overviewPage({ node, released }: HttpContext, caller: Caller): string {
  const tenants = [...node.tenants.values()]
  const theirs = released.filter(({ result }) => result.provenance.subject === caller.subject)
  const allMadeUp = tenants.every(({ profile }) => profile.synthetic)
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>This node – OpenFDP</title>
<style>${{ text: style } as Html}</style>
</head>
<body>
<a class="skip" href="#main">Skip to main content</a>
<header><div class="width"><strong>OpenFDP</strong> <span>an open federated data platform</span></div></header>
<main id="main" class="width" tabindex="-1">
<h1>This node</h1>
<p class="lead">${countOf(tenants.length)}, each with its own data, keys and ledger.${allMadeUp ? ' All people here are made up.' : ''}</p>
<p>You are signed in as ${caller.subject}.</p>
<nav aria-label="On this page"><ul>
<li><a href="#tenants">Tenants</a></li><li><a href="#list">The waiting list</a></li>
<li><a href="#access">Who can see what</a></li><li><a href="#record">The record</a></li></ul></nav>
<h2 id="tenants">Tenants</h2>
${tenantsTable(tenants)}
<h2 id="list">The waiting list</h2>
${theirs.length === 0 ? html`<p>No figures have been released to you since this node was started.</p>` : null}
${theirs.flatMap(({ tenant, result }) => {
  const at = node.tenants.get(tenant)
  return at ? [waitingList(at, result)] : []
})}
<h2 id="access">Who can see what</h2>
<p>Every grant that permits something at this moment where you are in post, evaluated by the policies that enforce. Nobody else there can see anything.</p>
${caller.tenants.map(accessTable)}
<h2 id="record">The record</h2>
<p>Every read, act and publication is an entry in its tenant’s signed ledger. To check one without trusting this page, run <code>./fdp ledger verify</code> on a copy of its folder.</p>
${table({
  caption: 'Ledgers',
  head: ['Tenant', 'Entries', 'Signed head'],
  rows: tenants.map(({ profile, ledger }) => [
    profile.name,
    ledger.size,
    html`<a href="/ledgers/${profile.id}/checkpoint">checkpoint<span class="hidden"> of ${profile.name}</span></a>`,
  ]),
})}
</main>
<footer><div class="width">OpenFDP is open source under the Apache Licence 2.0. Figures say what they count, when, and from which ledger entry.</div></footer>
</body>
</html>`
  return page.text
}

function countOf(tenants: number): string {
  return tenants === 1 ? '1 tenant' : `${tenants} tenants`
}

function tenantsTable(tenants: readonly Tenant[]): Html {
  return table({
    caption: 'Tenants and what has been published in each',
    head: ['Tenant', 'Controller', 'Reads', 'Published data', 'As at', 'Rows'],
    rows: tenants.flatMap(tenantRows),
  })
}

function tenantRows({ profile, governance, standstill }: Tenant): Cell[][] {
  const who = [profile.name, profile.controller as string, standstill()?.code ?? 'answered']
  const published = governance.catalogue().publications()
  if (published.length === 0) return [[...who, 'none yet', null, null]]
  return published.map(({ object, rows, asAt }) => [...who, object, dayInWords(asAt), rows])
}

function accessTable(tenant: Tenant): Html {
  return html`<h3>${tenant.profile.name}</h3>
${table({
  caption: `Live grants at ${tenant.profile.name}`,
  head: ['Who', 'May', 'What', 'Columns', 'Level', 'For', 'Until', 'Approved by'],
  rows: tenant
    .accessNow()
    .map((row) => [
      html`${row.name}<br><span class="hint">${row.role}</span>`,
      row.action === 'read' ? 'read' : 'send in',
      row.object,
      row.columns.length,
      row.level,
      row.purpose as string,
      dayInWords(row.until),
      row.approvedBy as string,
    ]),
})}`
}
