import type { Transparency } from '#audit'
import { type Html, html } from '../html.ts'
import { dayInWords } from '../in-words.ts'
import { table } from '../table.ts'
import { dataSetInWords, kindWords, levelWords, list, purposeOf } from './words.ts'

type Version = Transparency['assessments'][number]['versions'][number]

export function assessmentsSection(document: Transparency): Html {
  return html`<h2 id="assessments">What was promised</h2>
<p>Data protection impact assessments say who may see what, and the program holds every access against them. Each version stays as it was approved.</p>
${document.assessments.map(
  ({ versions, inForce }) => html`<h3>${versions.at(-1)?.title ?? ''}</h3>
${versions.toReversed().map((version) => versionDetails(document, version, version.version === inForce))}`,
)}`
}

function versionDetails(document: Transparency, version: Version, isInForce: boolean): Html {
  const { document: words, bounds, difference } = version
  return html`<details><summary>Version ${version.version}, ${isInForce ? 'in force' : 'not in force'}, from ${dayInWords(version.effectiveFrom)}</summary>
${table({
  caption: `Who may see what, by version ${version.version}`,
  head: ['Who', 'Data sets', 'How much', 'For', 'Days at most'],
  rows: version.claims.map((claim) => [
    claim.kinds.map((kind) => kindWords[kind] ?? kind).join(', '),
    claim.objects.length > 8
      ? html`<details><summary>${claim.objects.length} data sets</summary>${claim.objects.map(dataSetInWords).join(', ')}</details>`
      : claim.objects.map(dataSetInWords).join(', '),
    claim.levels.map((level) => levelWords[level] ?? level).join(', '),
    claim.purposes.map((id) => purposeOf(document, id)).join(', '),
    claim.daysMax,
  ]),
})}
${list(boundsInWords(document, bounds))}
${difference === null ? null : html`<p>Against the version before: ${differenceInWords(difference)}</p>`}
${
  words === null
    ? null
    : html`<h4>Why it is necessary</h4><p>${words.necessity}</p>
<h4>Risks and what is done about them</h4>${list(words.risks.map(({ risk, measure, residual }) => `${risk} ${measure} What remains: ${residual}.`))}
<h4>Who was asked, and who decided</h4>
${list([
  ...words.consulted.map(({ who, said }) => `${who}: ${said}`),
  `Data protection officer, ${dayInWords(words.officerAdvice.on)}: ${words.officerAdvice.says}`,
  `Caldicott Guardian, ${dayInWords(words.guardianDecision.on)}: ${words.guardianDecision.says}`,
  `Senior information risk owner, ${dayInWords(words.riskOwnerDecision.on)}: ${words.riskOwnerDecision.says}`,
  ...(words.priorConsultation ? [`Information Commissioner: ${words.priorConsultation.outcome}`] : []),
])}
<p>To be looked at again by ${dayInWords(words.nextReview)}.</p>`
}
<p class="hint">Hash <code class="long">${version.sha256}</code></p></details>`
}

function boundsInWords(document: Transparency, bounds: Version['bounds']): string[] {
  const { elevated, breadth, contracts = [], retentionDays } = bounds
  return [
    elevated
      ? `At most ${elevated.peopleMax} people of suppliers see names at one time, for ${elevated.daysMax} days, with a review every ${elevated.reviewDays} days.`
      : 'Nobody of a supplier sees names.',
    ...(breadth
      ? [
          `One person sees rows of at most ${breadth.personMax} data sets, one other organisation of ${breadth.employerMax}.`,
        ]
      : []),
    ...contracts.map(
      ({ id, until, purposes }) =>
        `The contract ${document.contracts.find((each) => each.id === id)?.title ?? id} ends on ${dayInWords(until)} and is for ${purposes.map((each) => purposeOf(document, each)).join(', ')} alone.`,
    ),
    ...(retentionDays === undefined ? [] : [`Data are kept for ${retentionDays} days.`]),
  ]
}

const partWords: Readonly<Record<string, string>> = {
  breadth: 'how many data sets',
  contracts: 'contracts',
  elevated: 'suppliers’ sight of names',
  retentionDays: 'how long data are kept',
  consulted: 'the views that were sought',
  guardianDecision: 'the Caldicott Guardian’s decision',
  nextReview: 'the next review',
  officerAdvice: 'the data protection officer’s advice',
  priorConsultation: 'consulting the Information Commissioner',
  riskOwnerDecision: 'the risk owner’s decision',
}

const partInWords = (part: string) => partWords[part] ?? part

function differenceInWords(difference: NonNullable<Version['difference']>): string {
  const { claimsAdded, claimsRemoved, bounds, document } = difference
  const parts = [
    ...(claimsAdded.length > 0 ? [`${claimsAdded.length} claims are new`] : []),
    ...(claimsRemoved.length > 0 ? [`${claimsRemoved.length} are gone`] : []),
    ...(bounds.length > 0 ? [`other limits on ${bounds.map(partInWords).join(', ')}`] : []),
    ...(document.length > 0 ? [`other words about ${document.map(partInWords).join(', ')}`] : []),
  ]
  return parts.length === 0 ? 'nothing differs.' : `${parts.join('; ')}.`
}
