import type { PublicRecord, Transparency } from '#audit'
import { type Html, html } from '../html.ts'
import { dayInWords } from '../in-words.ts'
import { table } from '../table.ts'
import {
  counted,
  dataSetInWords,
  kindWords,
  list,
  listInWords,
  momentInWords,
  monthInWords,
  organisationOf,
  purposeOf,
  reasonInWords,
} from './words.ts'

const changesShown = 12

export function changesSection({ tenant }: Transparency, record: PublicRecord): Html {
  const latest = record.latest(changesShown).toReversed()
  const at = `/public/transparency/${tenant.id}`
  return html`<h2 id="changes">What changed lately?</h2>
<ol class="changes">${latest.map(
    ({ time, says, kind, entry }) =>
      html`<li class="${kind === 'status.untrue' ? 'bad' : ''}"><span class="hint">${momentInWords(time)}, <a href="${at}/changes/${entry}/proof">entry ${entry}</a></span><br>${says}</li>`,
  )}</ol>
<p>These are the latest ${latest.length} of ${record.changeCount} changes. <a href="${at}/changes">All of them, in order</a>, or <a href="${at}/feed.json">as a feed to follow</a>.</p>`
}

export function optOutsSection(document: Transparency): Html {
  const { optOuts } = document
  return html`<h2 id="opt-outs">Opt-outs</h2>
<p>People who opted out are taken out whole where the rule says so. ${optOuts.stricter ? 'This organisation takes them out of more uses than the rule asks for.' : 'Where it does not say so, this table gives the reason.'}</p>
${
  optOuts.flows.length === 0
    ? html`<p>No data have been read yet to which a list could apply.</p>`
    : table({
        caption: 'Where opt-outs were applied, and where not, since the ledger began',
        head: ['Used for', 'Data set', 'List', 'Applied', 'Why', 'Times read', 'People taken out, last time'],
        keys: 3,
        rows: optOuts.flows.map(({ purpose, object, list: which, ruling, reason, reads, persons }) => [
          purposeOf(document, purpose),
          dataSetInWords(object),
          listInWords(which),
          ruling === 'apply' ? 'yes' : ruling === 'refuse' ? 'refused altogether' : 'no',
          reasonInWords(reason),
          reads,
          persons === '<8' ? 'fewer than 8' : persons,
        ]),
      })
}
${counted(document)}`
}

export function emergenciesSection(document: Transparency): Html {
  const { openings, disclosures, instruments } = document
  return html`<h2 id="emergencies">Emergencies and orders of the law</h2>
<p>In an emergency somebody who cares for a patient may open that one record at once. Somebody else has to look at it within a day.</p>
${
  openings.length === 0
    ? html`<p>No record has been opened in this way.</p>`
    : table({
        caption: 'Records opened in an emergency, or one by one with a witness, by month',
        head: ['Month', 'Why', 'Opened', 'Looked at since', 'Overdue', 'Found not justified'],
        rows: openings.map(({ month, kind, used, reviewed, overdue, outcomes }) => [
          monthInWords(month),
          kind === 'break-glass' ? 'emergency' : 'one record, with a witness',
          used,
          reviewed,
          overdue,
          outcomes.notJustified,
        ]),
      })
}
<h3>Checks and incidents</h3>
${checksOf(document)}
<h3>Disclosures that the law compelled</h3>
${
  disclosures.length === 0
    ? html`<p>There have been none.</p>`
    : table({
        caption: 'Data handed over because a law or a court compelled it',
        head: ['Day', 'To', 'Under', 'Data sets', 'People', 'Ledger entry'],
        rows: disclosures.map(({ at, recipient, instrument, objects, persons, entry }) => [
          dayInWords(at),
          organisationOf(document, recipient),
          instruments.find(({ id }) => id === instrument)?.title ?? instrument,
          objects.map(dataSetInWords).join(', '),
          persons === '<8' ? 'fewer than 8' : `about ${persons}`,
          `${entry}`,
        ]),
      })
}
${counted(document)}`
}

function checksOf({ audits }: Transparency): Html {
  const { drawn, reviewed, outcomes, incidents } = audits
  const found = `${outcomes.acceptable} were found acceptable, ${outcomes.unclear} unclear, ${outcomes.notAcceptable} not acceptable`
  return html`<p>${
    drawn === 0
      ? 'No reasons that readers gave have been drawn for a check yet.'
      : `Of the reasons that readers gave, ${drawn} were drawn at random and ${reviewed} looked at by somebody else: ${found}.`
  } Suspected breaches of personal data: ${incidents.open} open, ${incidents.closed} closed.</p>`
}

const signWords: Readonly<Record<string, string>> = {
  freshness: 'Not as fresh as it should be',
  completeness: 'A day is missing',
  volume: 'Not as many records as usual',
  quality: 'More records than usual could not be used',
  schema: 'Not in the form that it usually comes in',
  sending: 'Other systems have not been told of every change yet',
}

/** What comes in every day, and whether it comes as it should. */
export function deliveriesSection(document: Transparency): Html {
  const { deliveries } = document
  return html`<h2 id="deliveries">Do the data come as they should?</h2>
${
  deliveries.length === 0
    ? html`<p>Nothing is known to be late, missing or unusual.</p>`
    : table({
        caption: 'What is late, missing or unusual now',
        head: ['Data set', 'Whose', 'What', 'Since'],
        rows: deliveries.map(({ object, controller, sign, grade, since }) => [
          dataSetInWords(object),
          organisationOf(document, controller),
          `${signWords[sign] ?? sign}${grade === 'act' ? ': somebody has to act' : ''}`,
          dayInWords(since),
        ]),
      })
}`
}

export function usesSection(document: Transparency): Html {
  const { uses, switchedOn } = document
  return html`<h2 id="uses">How often is it used?</h2>
${
  uses.months.length === 0
    ? html`<p>Nothing has been read yet.</p>`
    : table({
        caption: 'Reads, and reads that were refused, by month. A read is one question, however many rows it gave',
        head: ['Month', 'For', 'By', 'Reads', 'Refused'],
        keys: 3,
        rows: uses.months
          .toReversed()
          .map(({ month, purpose, kind, reads, refusals }) => [
            month,
            purposeOf(document, purpose),
            kindWords[kind] ?? kind,
            reads,
            refusals,
          ]),
      })
}
${counted(document)}
<h3>What is switched on</h3>
${switchedOn.length === 0 ? html`<p>Nothing is switched on.</p>` : null}
${list(
  switchedOn.map(({ scope, on, until, evidence }) => {
    const what = scope === 'tenant' ? 'This tenant' : `The product ${scope.replace('product:', '')}`
    const first = evidence.find((each) => each.until === until)
    return `${what} is ${on ? `on, until ${dayInWords(until)}` : `off since ${dayInWords(until)}`}${first ? `, when its ${first.item.replaceAll('-', ' ')} runs out` : ''}.`
  }),
)}`
}
