import type { Transparency } from '#audit'
import { type Html, html } from '../html.ts'
import { dayInWords } from '../in-words.ts'
import { table } from '../table.ts'
import { counted, days, kindWords, list, organisationOf, people, pounds, purposeOf, share } from './words.ts'

export function outsidersSection(document: Transparency): Html {
  const { breadth, elevated, movers, controller } = document
  const outside = breadth.employers.filter(({ employer }) => employer !== controller)
  const own = breadth.employers.filter(({ employer }) => employer === controller)
  return html`<h2 id="outsiders">Who are the outsiders?</h2>
<p>${outside.length === 0 ? 'Nobody of another organisation sees rows of data here now.' : `People of ${outside.length === 1 ? '1 other organisation' : `${outside.length} other organisations`} see rows of data here now.`} Figures about groups do not count.</p>
${table({
  caption: `How much each organisation’s people see together, of the ${breadth.dataSets} data sets that are published here`,
  head: ['Organisation', 'Who they are', 'People', 'Data sets', 'Share of all', 'Widest single person'],
  rows: [...outside, ...own].map((each) => [
    organisationOf(document, each.employer),
    each.kinds.map((kind) => kindWords[kind] ?? kind).join(', '),
    each.people,
    each.dataSets,
    share(each.share),
    `${each.largestPerson.dataSets} (${share(each.largestPerson.share)})`,
  ]),
})}
${counted(document)}
<h3>Suppliers’ engineers who see names</h3>
<p>${elevated.peopleMax === 0 ? 'No assessment lets anybody of a supplier see records with names.' : `At most ${people(elevated.peopleMax)} of suppliers may see records with names at one time.`} Now: <strong>${elevated.people}</strong>. Suspended because the limit was reached: ${elevated.suspended}. Reviews overdue: ${elevated.reviewsOverdue}${elevated.reviewsOverdue > 0 ? '; access is stopped until they are done' : ''}.</p>
<h3>Approvers who changed sides</h3>
<p>${movers.listed === 0 ? 'Nobody who approved access joined those they gave it to within six months.' : `${movers.listed === 1 ? '1 approval was' : `${movers.listed} approvals were`} given by somebody who then joined those they gave access to, within six months. Looked at again: ${movers.reviewed}.`}</p>
${
  movers.listed === 0
    ? null
    : table({
        caption: 'Approvals whose approver joined the recipient',
        head: ['Approved', 'Ledger entry', 'Joined', 'On', 'Review'],
        rows: movers.approvals.map(({ approvedAt, entry, joined, since, review }) => [
          dayInWords(approvedAt),
          `${entry}`,
          organisationOf(document, joined),
          dayInWords(since),
          review === null ? 'not yet' : review.replaceAll('-', ' '),
        ]),
      })
}`
}

export function contractsSection(document: Transparency): Html {
  const { contracts, agreements } = document
  return html`<h2 id="contracts">Contracts and agreements</h2>
<h3>Contracts with suppliers</h3>
${contracts.length === 0 ? html`<p>There are none.</p>` : null}
${contracts.map((contract) => {
  const first = contract.history[0]
  return html`<details><summary>${contract.title}: ${organisationOf(document, contract.supplier)}, ${pounds(contract.valuePounds)}, until ${dayInWords(contract.until)}${contract.inForce ? '' : ' (not in force)'}</summary>
<p>Sub-processors: ${contract.subProcessors.map((id) => organisationOf(document, id)).join(', ') || 'none'}. Data are kept in: ${contract.storage}. First agreed for ${pounds(first?.valuePounds ?? contract.valuePounds)} until ${dayInWords(first?.until ?? contract.until)}.</p>
<p>What the supplier is instructed to do:</p>
${list(contract.instructions.map(({ text, purposes }) => `${text} For: ${purposes.map((id) => purposeOf(document, id)).join(', ')}.`))}
${table({
  caption: 'Everything that was changed',
  head: ['Day', 'What', 'Until', 'Value', 'Reason', 'Ledger entry'],
  rows: contract.history.map(({ at, what, until, valuePounds, reason, entry }) => [
    dayInWords(at),
    what,
    dayInWords(until),
    pounds(valuePounds),
    reason,
    `${entry}`,
  ]),
})}</details>`
})}
<h3>Agreements to share data</h3>
${
  agreements.length === 0
    ? html`<p>There are none.</p>`
    : table({
        caption: 'Data sharing agreements, every version',
        head: ['Agreement', 'Parties', 'Data sets', 'Rows', 'Reach', 'Term', 'Signed', 'In force'],
        rows: agreements.map((each) => [
          `${each.title} (version ${each.version})`,
          each.parties.map((id) => organisationOf(document, id)).join(', '),
          `${each.objects.join(', ')}; ${each.level}`,
          each.rows,
          `${each.reach}${each.gpData ? ', GP records' : ''}`,
          days(each.from, each.endedAt ?? each.until),
          each.signatures.map(({ party, on }) => `${organisationOf(document, party)}, ${dayInWords(on)}`).join('; ') ||
            'not yet',
          each.inForce ? 'yes' : 'no',
        ]),
      })
}
${counted(document)}`
}
