import type { PublicBook } from '#node'
import { html } from '../html.ts'
import { page } from '../page.ts'
import { assessmentsSection } from './assessments.ts'
import { banner } from './banner.ts'
import { changesSection, deliveriesSection, emergenciesSection, optOutsSection, usesSection } from './counts.ts'
import { contractsSection, outsidersSection } from './outsiders.ts'
import { purposesSection, whoSection } from './who.ts'
import { organisationOf } from './words.ts'

/** A tenant's page for anybody: its document in plain English, in the order in which people ask. No script. */
export function publicPage({ document, record }: PublicBook): string {
  const { tenant, controller, ledger, policies, rejected } = document
  const at = `/public/transparency/${tenant.id}`
  return page(
    `Who can see your data at ${tenant.name}`,
    html`${banner(document)}
<p class="lead">This page is drawn by the program that guards the data, from the record by which it decides. Nobody writes it by hand.</p>
<p>${organisationOf(document, controller)} answers for the data here.${tenant.synthetic ? ' All patients here are made up.' : ''}</p>
<nav aria-label="On this page"><ul>
<li><a href="#who">Who can see my data?</a></li><li><a href="#what-for">For what?</a></li>
<li><a href="#outsiders">Who are the outsiders?</a></li><li><a href="#changes">What changed lately?</a></li>
<li><a href="#opt-outs">Opt-outs</a></li><li><a href="#emergencies">Emergencies</a></li>
<li><a href="#contracts">Contracts</a></li><li><a href="#assessments">What was promised</a></li>
<li><a href="#uses">How often?</a></li><li><a href="#deliveries">Do they come as they should?</a></li><li><a href="#check">How to check this</a></li></ul></nav>
${whoSection(document)}
${purposesSection(document)}
${outsidersSection(document)}
${changesSection(document, record)}
${optOutsSection(document)}
${emergenciesSection(document)}
${contractsSection(document)}
${assessmentsSection(document)}
${usesSection(document)}
${deliveriesSection(document)}
<h2 id="check">How to check this</h2>
<p>Everything here is worked out from the first ${ledger.size} entries of a signed ledger. Keep its <a href="/ledgers/${tenant.id}/checkpoint">signed head</a>: whoever has an earlier head can tell if anybody, ${organisationOf(document, controller)} included, changes what was written before it. <a href="${at}">This page as data</a> holds more than is shown here, and each change has a proof of its place.</p>
<p>${rejected === 0 ? 'No entry was signed by somebody who might not.' : `${rejected === 1 ? '1 entry had' : `${rejected} entries had`} no effect, because who signed might not.`}</p>
<p class="hint">Root of the ledger <code class="long">${ledger.root}</code><br>Policies <code class="long">${policies}</code></p>`,
  )
}
