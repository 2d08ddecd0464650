import { objectType } from '#contracts'
import type { Presence } from '#gate'
import type { GovernanceState, RowScope } from '#governance'
import type { EntryIndex } from '#kernel'
import { optOutLists } from '#privacy'
import type { AuditDeps } from './deps.ts'
import type { PersonKeySpan } from './person-keys.ts'
import type { ReadFact, RelationFact } from './reads.ts'
import type { Certainty } from './report-format.ts'

/** Whether a person's rows were part of a read. */
export interface Inclusion {
  readonly certainty: Certainty
  readonly says: string
  /** The key that the signed list holds; null where there is no list. */
  readonly key: string | null
}

interface Use {
  readonly read: ReadFact
  /** The register as it was when the read began. */
  readonly state: GovernanceState
}

/** What has to be worked out from query and versions, because no list says it. */
interface Open {
  readonly read: ReadFact
  readonly state: GovernanceState
  readonly span: PersonKeySpan
  readonly why: string
}

/**
 * The reads that a person was part of, or may have been. A listed read is told by its list. Of the others the gate says
 * whether the person had a row in the versions and scope that they saw: without one they were not part of it.
 */
export async function includedIn(
  deps: AuditDeps,
  asked: EntryIndex,
  spans: readonly PersonKeySpan[],
  uses: readonly Use[],
): Promise<ReadonlyMap<number, Inclusion>> {
  const included = new Map<number, Inclusion>()
  const open: Open[] = []
  const lists = await listsOf(deps, spans, uses)
  for (const use of uses) {
    for (const span of spans) {
      if (span.before !== null && use.read.entry >= span.before) continue
      const answer = listed(lists, use.read, span)
      if (answer === 'not-listed') continue
      if (typeof answer === 'string') open.push({ ...use, span, why: answer })
      else included.set(use.read.entry, answer)
    }
  }
  for (const [entry, inclusion] of await worked(deps, asked, open)) {
    if (!included.has(entry)) included.set(entry, inclusion)
  }
  return included
}

/** Which of the person's keys each list holds, by the entry that ended the read; null: it was erased. */
type Lists = ReadonlyMap<number, ReadonlySet<string> | null>

async function listsOf(deps: AuditDeps, spans: readonly PersonKeySpan[], uses: readonly Use[]): Promise<Lists> {
  const keys = spans.map(({ key }) => key)
  const entries = uses.flatMap(({ read: { end } }) => (end?.persons.how === 'listed' ? [end.entry] : []))
  const lists = new Map<number, ReadonlySet<string> | null>()
  for await (const [entry, persons] of deps.ledger.personLists(entries.sort((a, b) => a - b))) {
    lists.set(entry, persons && new Set(keys.filter((key) => persons.includes(key))))
  }
  return lists
}

/** What the list of a read says; `not-listed`; or why there is no list to ask. */
function listed(lists: Lists, read: ReadFact, span: PersonKeySpan): Inclusion | string {
  const { end } = read
  if (end === null) return 'nothing on record says how it ended, so it counts as having seen everything'
  if (end.rows === 0) return 'not-listed'
  if (end.persons.how === 'recompute') {
    return end.type === 'release.made'
      ? 'numbers were made from the whole table'
      : 'the people in it were not listed one by one'
  }
  const persons = lists.get(end.entry) ?? null
  if (persons === null && end.persons.count > 0) return 'the list of people in it was erased'
  if (!persons?.has(span.key)) return 'not-listed'
  return span.certain
    ? { certainty: 'yes', says: 'your rows left in this read', key: span.key }
    : { certainty: 'maybe', says: 'at that time your record was kept together with another’s', key: null }
}

async function worked(deps: AuditDeps, asked: EntryIndex, open: readonly Open[]): Promise<Map<number, Inclusion>> {
  const questions = new Map<string, { key: string; object: string; lakeManifest: string | null; rows: RowScope }>()
  for (const each of open) for (const [id, question] of questionsOf(each)) questions.set(id, question)
  const answers = new Map<string, Presence>()
  for (const key of new Set([...questions.values()].map((question) => question.key))) {
    const ids = [...questions].filter(([, question]) => question.key === key)
    const found = await deps.gate.holdsPerson({ entry: asked, person: key, of: ids.map(([, question]) => question) })
    for (const [i, [id]] of ids.entries()) answers.set(id, found[i] ?? 'unknown')
  }
  const included = new Map<number, Inclusion>()
  for (const each of open) {
    const relations = personalRelations(each.read)
    const present = relations.map((relation) => presenceIn(each, relation, (id) => answers.get(id) ?? 'unknown'))
    const inclusion = inclusionOf(each, present)
    if (inclusion) included.set(each.read.entry, inclusion)
  }
  return included
}

/**
 * Whoever is on a list of opt-outs that the read left out had no row in it. An objection may have been received and not
 * upheld, so its list alone does not tell.
 */
function presenceIn(of: Open, relation: RelationFact, answer: (id: string) => Presence): Presence {
  const [own, ...lists] = questionsOn(of, relation).map(([id, { object }]) => ({ object, found: answer(id) }))
  const on = lists.filter(({ found }) => found === 'yes').map(({ object }) => object)
  if (own?.found === 'no' || on.some((object) => object !== optOutLists.objection)) return 'no'
  return on.length > 0 ? 'unknown' : (own?.found ?? 'unknown')
}

function inclusionOf({ read, span, why }: Open, present: readonly Presence[]): Inclusion | null {
  if (!present.includes('yes') && !present.includes('unknown')) return null
  if (!present.includes('yes')) {
    const says = `${why}; from what is kept it cannot be told whether a row of yours was in it`
    return { certainty: 'maybe', says, key: null }
  }
  const { about, end } = read
  const isWhole = about.kind === 'summary' && Array.isArray(about.filtered) && about.filtered.length === 0
  if (isWhole && span.certain && end?.outcome === 'complete') {
    return { certainty: 'counted', says: 'a row of yours was counted in its numbers', key: null }
  }
  return { certainty: 'maybe', says: `${why}; the table it used held a row of yours`, key: null }
}

const personalRelations = ({ relations }: ReadFact) =>
  Object.values(relations).filter(({ object }) => objectType(object).personLevel)

const questionsOf = (of: Open) => personalRelations(of.read).flatMap((relation) => questionsOn(of, relation))

/** First whether the person had a row in the version and the scope of the grant, then whether a list took it out. */
function questionsOn({ state, span: { key } }: Open, { object, lake, grant, optOuts }: RelationFact) {
  const rows = state.grants.get(grant)?.rows ?? everyRow
  const asked = [
    { key, object, lakeManifest: lake, rows },
    ...Object.entries(optOuts?.lists ?? {}).map(([scheme, lakeManifest]) => {
      return { key, object: optOutLists[scheme as keyof typeof optOutLists], lakeManifest, rows: everyRow }
    }),
  ]
  return asked.map((question) => [JSON.stringify(question), question] as const)
}

const everyRow: RowScope = { controllers: 'all', where: [] }
