import type { Transparency } from '#audit'
import { type Html, html } from '../html.ts'
import { dayInWords } from '../in-words.ts'
import { table } from '../table.ts'
import {
  classInWords,
  commonLawInWords,
  counted,
  dataSetInWords,
  kindWords,
  levelWords,
  list,
  organisationOf,
  people,
  purposeOf,
} from './words.ts'

const kinds = ['controller-staff', 'care-partner', 'processor-staff', 'other'] as const
const levels = ['identifiable', 'pseudonymised', 'aggregate'] as const

export function whoSection(document: Transparency): Html {
  const { access, people: byDataSet } = document
  const reading = access.filter(({ action }) => action === 'read')
  return html`<h2 id="who">Who can see my data?</h2>
<p>${summary(document)}</p>
${headcount(document)}
${counted(document)}
<details><summary>By data set</summary>
${table({
  caption: 'People who may see each data set now',
  head: ['Data set', 'Who', 'How much they see', 'People'],
  rows: byDataSet
    .toSorted((a, b) => (a.object < b.object ? -1 : a.object > b.object ? 1 : 0))
    .map(({ object, kind, level, people: count }) => [
      dataSetInWords(object),
      kindWords[kind] ?? kind,
      levelWords[level] ?? level,
      count,
    ]),
})}</details>
<details><summary>Everybody, by employer and role</summary>
<p>Nobody is named. People who may see exactly the same are counted together; each supplier’s person is told apart by a number.</p>
${table({
  caption: 'Who may see what, for what, until when: complete',
  head: ['Who', 'Data set', 'How much', 'Columns', 'Rows', 'For', 'On the basis of', 'Until', 'People'],
  rows: reading.map((line) => [
    html`${line.role ?? 'Somebody'}${line.person === null ? '' : `, person ${line.person}`}<br><span class="hint">${organisationOf(document, line.employer)}</span>`,
    dataSetInWords(line.object),
    levelWords[line.level] ?? line.level,
    line.columns,
    line.rows,
    purposeOf(document, line.purpose),
    basisWords[line.basis] ?? line.basis,
    dayInWords(line.until),
    line.people,
  ]),
})}
<p>${people(
    new Set(access.filter(({ action }) => action === 'submit').map(({ role, employer }) => `${role} ${employer}`)).size,
  )
    .replace('person', 'role')
    .replace('people', 'roles')} may send data in; that shows them nothing of what is here.</p>
${editing(document)}</details>`
}

/** Changing data is told apart from seeing them: each change is an action that was declared beforehand, and an entry. */
function editing(document: Transparency): Html {
  const lines = document.access.filter(({ action }) => action === 'edit')
  if (lines.length === 0) return html`<p>Nobody may change data here.</p>`
  return table({
    caption: 'Who may change what, by declared actions on rows that they may also see: complete',
    head: ['Who', 'Data set', 'Columns', 'Rows', 'For', 'Until', 'People'],
    rows: lines.map((line) => [
      html`${line.role ?? 'Somebody'}<br><span class="hint">${organisationOf(document, line.employer)}</span>`,
      dataSetInWords(line.object),
      line.columns,
      line.rows,
      purposeOf(document, line.purpose),
      dayInWords(line.until),
      line.people,
    ]),
  })
}

const basisWords: Readonly<Record<string, string>> = {
  approval: 'an approval',
  'break-glass': 'an emergency',
  'one-row': 'one record, with a witness',
}

/** One person may see some data with names and others without: each is counted in every column that fits. */
function headcount({ headcount: counts }: Transparency): Html {
  const of = (kind: string, level: string) =>
    counts.find((each) => each.kind === kind && each.level === level)?.people ?? 0
  return table({
    caption: 'People who may see something now, by how much of a person it shows',
    head: ['Who', ...levels.map((level) => levelWords[level] ?? level)],
    rows: kinds.map((kind) => [kindWords[kind] ?? kind, ...levels.map((level) => of(kind, level))]),
  })
}

function summary({ headcount: counts, tenant }: Transparency): string {
  const named = (all: readonly string[]) =>
    counts
      .filter(({ kind, level }) => level === 'identifiable' && all.includes(kind))
      .reduce((n, each) => n + each.people, 0)
  const own = named(['controller-staff', 'care-partner'])
  const outside = named(['processor-staff', 'other'])
  return `At ${tenant.name}, ${people(own)} of this organisation and its care partners may see records with names, and ${outside === 0 ? 'no outsider' : `${people(outside)} from outside`} may. Everybody else sees nothing, or rows without names, or only figures.`
}

/** Where the policy's own words need the ones around them. */
const ruleWords: Readonly<Record<string, string>> = {
  'never-these-recipients':
    'People of immigration enforcement, the police, defence, insurers and marketers are not given health data, whatever the purpose is called',
}

export function purposesSection(document: Transparency): Html {
  const { purposes, forbidden, instruments } = document
  const used = new Set(document.access.map(({ purpose }) => purpose))
  return html`<h2 id="what-for">For what?</h2>
${table({
  caption: 'What data here may be used for, and the law that each use rests on',
  head: ['Purpose', 'Kind of use', 'UK GDPR', 'Duty of confidence', 'Law or direction', 'In use now'],
  rows: purposes
    .toSorted((a, b) => a.name.localeCompare(b.name, 'en-GB'))
    .map((each) => [
      each.name,
      classInWords(each.class),
      [`Article ${each.article6}`, each.article9].filter((article) => article !== null).join(' and '),
      commonLawInWords(each.commonLaw),
      each.instruments.map((id) => instruments.find((known) => known.id === id)?.title ?? id).join('; ') || '–',
      used.has(each.id) ? 'yes' : 'no',
    ]),
})}
${counted(document)}
<h3>What it is never used for</h3>
<p>No approval, contract or setting can open these. Whoever tries is refused, and the refusal is counted.</p>
${table({
  caption: 'What nothing can open, and how often somebody was refused since the ledger began',
  head: ['Rule', 'Refusals'],
  rows: forbidden.map(({ id, says, refusals }) => [
    ruleWords[id] ?? says.charAt(0).toUpperCase() + says.slice(1),
    refusals,
  ]),
})}
${
  instruments.length === 0
    ? null
    : html`<details><summary>The laws and directions</summary>${list(
        instruments.map(
          ({ title, reference, kind, from, until, conditions }) =>
            html`<strong>${title}</strong> (${kind.replaceAll('-', ' ')}, ${reference}), since ${dayInWords(from)}${until === null ? '' : ` until ${dayInWords(until)}`}.${conditions.length === 0 ? null : list([...conditions])}`,
        ),
      )}</details>`
}`
}
