import type { Transparency } from '#audit'
import { type Html, html } from '../html.ts'
import { momentInWords, organisationOf } from './words.ts'

/** Green, or red with each sentence that is untrue and what is the case instead. */
export function banner(document: Transparency): Html {
  const { status, contradictions, at } = document
  if (status === 'holds') {
    return html`<section class="banner holds" aria-labelledby="status"><h2 id="status">What was promised is true</h2>
<p>On ${momentInWords(at)} no access, contract or overdue review contradicts what the published assessments say.</p></section>`
  }
  // One sentence may stand in several assessments.
  const untrue = [...Map.groupBy(contradictions, ({ sentence, instead }) => `${sentence} ${instead}`).values()]
  return html`<section class="banner contradicted" aria-labelledby="status"><h2 id="status">${untrue.length === 1 ? 'A promise is' : `${untrue.length} promises are`} not true</h2>
${untrue.map((same) => untrueSentence(document, same))}
<p>As at ${momentInWords(at)}. Access that no assessment contains is refused, even where somebody approved it. ${organisationOf(document, document.controller)} has to end what contradicts the assessment, or have a new one approved.</p></section>`
}

function untrueSentence(document: Transparency, same: Transparency['contradictions']): Html {
  const { sentence, instead, entries } = same[0]!
  const where = same.map(({ assessment, version }) => `${titleOf(document, assessment)}, version ${version}`)
  const from = entries.length === 1 ? `Entry ${entries[0]}` : `Entries ${entries.join(', ')}`
  return html`<p>The ${same.length === 1 ? 'assessment' : 'assessments'} ${where.join(' and ')} ${same.length === 1 ? 'says' : 'say'}:</p>
<blockquote>“${sentence}”</blockquote>
<p><strong>That is not so:</strong> ${instead}.${entries.length === 0 ? '' : ` ${from} of the ledger.`}</p>`
}

function titleOf({ assessments }: Transparency, id: string): string {
  const title = assessments.find((each) => each.id === id)?.versions.at(-1)?.title
  return title ? `“${title}”` : id
}
