import { actionInWords } from '#governance'
import type { Tenant } from '#node'
import type { HttpContext } from './context.ts'
import type { Caller } from './endpoint.ts'
import { type Html, html } from './html.ts'
import { dayInWords } from './in-words.ts'
import { page } from './page.ts'
import { type Cell, table } from './table.ts'
import { waitingList } from './waiting-list.ts'

/**
 * The first page of a person: the tenants of the node and what this person may read in them, the waiting list as it was
 * released to them, who can see what where they are in post, and whether the record holds.
 */
export function overviewPage({ node, released }: HttpContext, caller: Caller): string {
  const tenants = [...node.tenants.values()]
  const theirs = released.filter(({ result }) => result.provenance.subject === caller.subject)
  const allMadeUp = tenants.every(({ profile }) => profile.synthetic)
  const body = html`<p class="lead">${countOf(tenants.length)}, each with its own data, keys and ledger.${allMadeUp ? ' All people here are made up.' : ''}</p>
${signedInAs(caller)}
<nav aria-label="On this page"><ul>
<li><a href="#tenants">Tenants</a></li><li><a href="#list">The waiting list</a></li>
<li><a href="#access">Who can see what</a></li><li><a href="#record">The record</a></li></ul></nav>
<h2 id="tenants">Tenants</h2>
${tenantsTable(tenants, caller)}
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
})}`
  return page('This node', body)
}

/** Signing out changes something, so it is a form with the session's secret. */
function signedInAs({ subject, session }: Caller): Html {
  return html`<form method="post" action="/sign-out"><p>You are signed in as ${subject}.
<input type="hidden" name="csrf" value="${session?.csrf ?? ''}"> <button>Sign out</button></p></form>`
}

function countOf(tenants: number): string {
  return tenants === 1 ? '1 tenant' : `${tenants} tenants`
}

function tenantsTable(tenants: readonly Tenant[], caller: Caller): Html {
  return table({
    caption: 'Tenants, and the published data that you may read in each',
    head: ['Tenant', 'Controller', 'Reads', 'Published data', 'As at', 'Rows'],
    rows: tenants.flatMap((tenant) => tenantRows(tenant, caller)),
  })
}

/** What somebody may not read does not exist for them (law 3), and at aggregate level neither does a true number of rows. */
function tenantRows(tenant: Tenant, { subject }: Caller): Cell[][] {
  const { profile, governance, standstill } = tenant
  const who = [profile.name, profile.controller as string, standstill()?.code ?? 'answered']
  const mine = tenant.accessNow().filter(({ person, action }) => person === subject && action === 'read')
  const published = governance
    .catalogue()
    .publications()
    .filter(({ object }) => mine.some((row) => row.object === object))
  if (published.length === 0) return [[...who, 'none for you', null, null]]
  return published.map(({ object, rows, asAt }) => {
    const seesRows = mine.some((row) => row.object === object && row.level !== 'aggregate')
    return [...who, object, dayInWords(asAt), seesRows ? rows : null]
  })
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
      actionInWords[row.action],
      row.object,
      row.columns.length,
      row.level,
      row.purpose as string,
      dayInWords(row.until),
      row.approvedBy as string,
    ]),
})}`
}
