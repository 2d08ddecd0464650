import {
  type Catalogue,
  decide,
  emptyCatalogue,
  emptyState,
  fold,
  foldCatalogue,
  type GovernanceState,
  type PolicyEngine,
} from '#governance'
import type { PurposeId, SubjectId, TenantId } from '#kernel'
import type { Ledger, LedgerEntry } from '#ledger'
import { disclosurePolicies, policyForFreeQuestions } from '#privacy'
import { parseAuditEvent } from './events.ts'
import { PolicyTexts } from './policy-texts.ts'
import { endOf, type ReadEnd, type ReadFact, type RelationFact, readOf, refusalOf } from './reads.ts'
import { decideRefusalAgain } from './replay-refusal.ts'

/** Something that the ledger holds and that should not have been. */
export interface ReplayFinding {
  readonly entry: number
  readonly kind:
    | 'not-allowed'
    | 'other-grant'
    | 'other-policies'
    | 'other-disclosure'
    | 'unknown-version'
    | 'no-session'
    | 'no-reason'
    | 'end-without-read'
    | 'beyond-opening'
    | 'refused-though-allowed'
  readonly object: string
  /** What was logged and what deciding it again gives, in codes and names, never a value. */
  readonly says: string
}

/** Something that cannot be decided again, with why: it is neither proved right nor found wrong. */
export interface Undecided {
  readonly entry: number
  readonly why: string
}

export interface ReplayReport {
  readonly entries: number
  readonly reads: number
  readonly relations: number
  readonly refusals: number
  /** Each set of policies with the relations that it decided. */
  readonly policies: readonly {
    readonly sha256: string
    readonly relations: number
    readonly from: 'ledger' | 'program'
  }[]
  readonly findings: readonly ReplayFinding[]
  readonly undecided: readonly Undecided[]
  /** Reads of versions that were destroyed since, and by which entry: decided again, but what they gave cannot be made again. */
  readonly notRecomputable: readonly { readonly entry: number; readonly by: number }[]
  /** Reads that a change overtook between decision and entry, and that gave nothing out. */
  readonly overtaken: readonly number[]
}

/** The ledger as it stood before one entry. */
export interface Moment {
  readonly state: GovernanceState
  readonly catalogue: Catalogue
}

/** Earlier states that a refusal may have been decided in; they share almost all of their memory. */
const earlierMax = 512

/**
 * What an auditor does (law 7): folds the ledger from its first entry and decides every logged read and refusal again in
 * the state before its entry, at the entry's time, by the policies in force then, whose text the ledger holds. `current`
 * stands in for its own hash only. Pure but for reading the ledger.
 */
export async function replayReads(
  ledger: Pick<Ledger, 'entries' | 'detail' | 'persons'>,
  tenant: TenantId,
  current: PolicyEngine | null,
): Promise<ReplayReport> {
  const replay = new Replay(ledger, tenant, current)
  for await (const entry of ledger.entries()) await replay.take(entry)
  return replay.report()
}

class Replay {
  readonly #ledger: Pick<Ledger, 'detail' | 'persons'>
  readonly #current: PolicyEngine | null
  readonly #texts = new PolicyTexts()
  readonly #open = new Map<number, ReadFact>()
  /** Findings that count only if something left; by entry of the read. */
  readonly #pending = new Map<number, ReplayFinding[]>()
  readonly #sessions = new Map<number, string>()
  readonly #versions = new Set<string>()
  readonly #decided = new Map<string, { relations: number; from: 'ledger' | 'program' }>()
  readonly #findings: ReplayFinding[] = []
  readonly #undecided: Undecided[] = []
  readonly #overtaken: number[] = []
  /** Versions that each read named. */
  readonly #named = new Map<number, readonly string[]>()
  readonly #earlier = new Map<number, Moment>()
  readonly #counts = { entries: 0, reads: 0, relations: 0, refusals: 0 }
  #state: GovernanceState
  #catalogue = emptyCatalogue()

  constructor(ledger: Pick<Ledger, 'detail' | 'persons'>, tenant: TenantId, current: PolicyEngine | null) {
    this.#ledger = ledger
    this.#current = current
    this.#state = emptyState(tenant)
  }

  async take(entry: LedgerEntry): Promise<void> {
    this.#counts.entries += 1
    parseAuditEvent(entry)
    if (entry.type === 'ledger.opened') this.#sessions.clear()
    else if (entry.type === 'session.opened') this.#sessions.set(entry.index, whoOf(entry))
    else if (entry.type === 'session.closed') this.#sessions.delete(entry.governance.session as number)
    else if (entry.type === 'read.opened') await this.#read(entry)
    else if (entry.type === 'read.refused') await this.#refusal(entry)
    else if (entry.type === 'action.applied') await this.#edit(entry)
    await this.#end(entry)
    this.#texts.take(entry)
    this.#state = fold(this.#state, entry)
    this.#catalogue = foldCatalogue(this.#catalogue, entry)
    this.#remember(entry)
  }

  report(): ReplayReport {
    const findings = [...this.#findings, ...[...this.#pending.values()].flat()].sort((a, b) => a.entry - b.entry)
    const policies = [...this.#decided].map(([sha256, decided]) => ({ sha256, ...decided }))
    const notRecomputable = [...this.#named].flatMap(([entry, manifests]) => {
      const by = manifests.map((manifest) => this.#catalogue.purgedBy(manifest)).find((each) => each !== null)
      return by === undefined ? [] : [{ entry, by: by! }]
    })
    const [undecided, overtaken] = [this.#undecided, this.#overtaken]
    return { ...this.#counts, policies, findings, undecided, notRecomputable, overtaken }
  }

  #remember({ index, governance }: LedgerEntry): void {
    this.#earlier.set(index, { state: this.#state, catalogue: this.#catalogue })
    this.#earlier.delete(index - earlierMax)
    for (const { object, lake } of publishedIn(governance)) this.#versions.add(`${object} ${lake}`)
    // A type that nobody published has the records that actions made.
    for (const object of madeIn(governance)) this.#versions.add(`${object} null`)
  }

  async #read(entry: LedgerEntry): Promise<void> {
    const read = readOf(entry)
    this.#counts.reads += 1
    this.#open.set(read.entry, read)
    const versions = Object.values(read.relations).map(({ lake }) => lake)
    this.#named.set(
      read.entry,
      [...versions, entry.governance.vault].filter((each) => typeof each === 'string'),
    )
    const found: ReplayFinding[] = []
    if (this.#sessions.get(read.session) !== whoOf(entry)) {
      found.push({
        entry: read.entry,
        kind: 'no-session',
        object: '',
        says: 'no open session of this person and purpose',
      })
    }
    if (await this.#lacksReason(read)) {
      found.push({
        entry: read.entry,
        kind: 'no-reason',
        object: '',
        says: 'the purpose asks for a reason at each read',
      })
    }
    const relations = Object.values(read.relations)
    if (relations.length === 0)
      found.push({ ...finding(read, null), kind: 'not-allowed', says: 'it names no object type' })
    for (const relation of relations) found.push(...(await this.#relation(read, relation)))
    if (found.length > 0) this.#pending.set(read.entry, found)
  }

  async #relation(read: ReadFact, relation: RelationFact): Promise<ReplayFinding[]> {
    this.#counts.relations += 1
    const about = finding(read, relation)
    const found: ReplayFinding[] = []
    if (!this.#versions.has(`${relation.object} ${relation.lake}`)) {
      found.push({ ...about, kind: 'unknown-version', says: 'no entry before it published the version that it names' })
    }
    const inForce = this.#texts.inForce
    if (inForce !== null && inForce !== relation.policies) {
      const says = `decided by ${relation.policies}, in force were ${inForce}`
      return [...found, { ...about, kind: 'other-policies', says }]
    }
    const engine = await this.#engine(relation.policies)
    if (!engine) {
      this.#undecided.push({
        entry: read.entry,
        why: `the text of the policies ${relation.policies} is not in the ledger`,
      })
      return found
    }
    return [...found, ...this.#decideAgain(read, relation, engine)]
  }

  /** An edit is decided again like a read: each grant to edit that it names, in the state before it. */
  async #edit(entry: LedgerEntry): Promise<void> {
    const edit = readOf(entry)
    if (this.#sessions.get(edit.session) !== whoOf(entry)) {
      const says = 'no open session of this person and purpose'
      this.#findings.push({ entry: edit.entry, kind: 'no-session', object: '', says })
    }
    for (const relation of Object.values(edit.relations)) {
      this.#counts.relations += 1
      const engine = await this.#engine(relation.policies)
      if (engine) this.#findings.push(...this.#decideAgain(edit, relation, engine, 'edit'))
      else this.#undecided.push({ entry: edit.entry, why: `the policies ${relation.policies} are not in the ledger` })
    }
  }

  #decideAgain(
    read: ReadFact,
    relation: RelationFact,
    engine: PolicyEngine,
    action: 'read' | 'edit' = 'read',
  ): ReplayFinding[] {
    const { object, columns, level, grant } = relation
    const who = { subject: read.subject as SubjectId, purpose: read.purpose as PurposeId }
    const request = { ...who, object, columns, level, action, at: read.time } as const
    const decision = decide(this.#state, request, engine)
    if (decision.allowed && decision.grant === grant) return []
    if (decision.allowed) {
      return [
        { ...finding(read, relation), kind: 'other-grant', says: `by \`${grant}\`; again, by \`${decision.grant}\`` },
      ]
    }
    const codes = [...new Set(decision.reasons.map((reason) => reason.code))]
    if (codes.includes('policy-error')) {
      this.#undecided.push({ entry: read.entry, why: 'its policies ask for what this release no longer tells them' })
      return []
    }
    return [
      { ...finding(read, relation), kind: 'not-allowed', says: `by \`${grant}\`; again, refused: ${codes.join(', ')}` },
    ]
  }

  async #engine(sha256: string): Promise<PolicyEngine | null> {
    const recorded = await this.#texts.engine(sha256)
    const engine = recorded ?? (this.#current?.sha256 === sha256 ? this.#current : null)
    if (engine) {
      const known = this.#decided.get(sha256) ?? { relations: 0, from: recorded ? 'ledger' : 'program' }
      this.#decided.set(sha256, { ...known, relations: known.relations + 1 })
    }
    return engine
  }

  async #lacksReason({ entry, purpose }: ReadFact): Promise<boolean> {
    if (this.#state.purposes.get(purpose)?.justification !== 'each-read') return false
    const detail = await this.#ledger.detail(entry)
    return detail.state === 'none' || (detail.state === 'present' && typeof detail.detail.justification !== 'string')
  }

  /** A read that was overtaken is refused before a row leaves; then what was found of it led to nothing. */
  async #end(entry: LedgerEntry): Promise<void> {
    const ended = endOf(entry)
    if (!ended) return
    const read = this.#open.get(ended.of)
    if (!read) {
      this.#findings.push({ entry: entry.index, kind: 'end-without-read', object: '', says: 'it ends no open read' })
      return
    }
    this.#open.delete(ended.of)
    const found = this.#pending.get(ended.of)
    if (found?.every(({ kind }) => kind === 'not-allowed' || kind === 'other-grant')) {
      if (ended.end.outcome === 'refused' && ended.end.rows === 0 && ended.end.type === 'read.completed') {
        this.#pending.delete(ended.of)
        this.#overtaken.push(ended.of)
      }
    }
    for (const relation of Object.values(read.relations)) {
      this.#figures(read, relation, ended.end.policy, ended.end)
      await this.#only(read, relation, ended.end)
    }
  }

  /** A grant opened for one patient: whoever else is listed should not have been seen by it. */
  async #only(read: ReadFact, relation: RelationFact, { entry, persons }: ReadEnd): Promise<void> {
    const only = this.#state.grants.get(relation.grant)?.rows.only
    if (!only || persons.how !== 'listed' || persons.count === 0) return
    const opening = await this.#ledger.detail(only.entry)
    const person = opening.state === 'present' ? opening.detail.person : undefined
    if (typeof person !== 'string') return
    const listed = await this.#ledger.persons(entry)
    if (listed?.every((each) => each === person) ?? true) return
    const says = 'somebody else than the patient for whom access was opened is in its list'
    this.#findings.push({ ...finding(read, relation), kind: 'beyond-opening', says })
  }

  /** Law 9: at aggregate level nothing leaves but a release, by the policy that the grant names, or the one for free questions. */
  #figures(read: ReadFact, relation: RelationFact, policy: string | null, end: { outcome: string }): void {
    const named = this.#state.grants.get(relation.grant)?.disclosurePolicy ?? null
    const isFree = read.about.kind === 'aggregate' && disclosurePolicies().some(({ id }) => id === named)
    const wanted = named !== null && isFree ? policyForFreeQuestions(named).id : named
    const aggregate = relation.level === 'aggregate'
    const isWrong = policy === null ? aggregate && end.outcome === 'complete' : !aggregate || wanted !== policy
    if (!isWrong) return
    const says = `left by \`${policy ?? 'no disclosure policy'}\`; by its grant it is \`${wanted ?? 'none'}\``
    this.#findings.push({ ...finding(read, relation), kind: 'other-disclosure', says })
  }

  async #refusal(entry: LedgerEntry): Promise<void> {
    const refusal = refusalOf(entry)!
    this.#counts.refusals += 1
    const upTo = entry.governance.upTo
    const moment = this.#earlier.get(typeof upTo === 'number' ? upTo : entry.index - 1)
    const engine = this.#texts.inForce === null ? this.#current : await this.#texts.engine(this.#texts.inForce)
    if (!moment || !engine) {
      const why = moment ? 'the text of the policies in force is not known' : 'it names a state too far back'
      this.#undecided.push({ entry: entry.index, why })
      return
    }
    const detail = await this.#ledger.detail(entry.index)
    const again = decideRefusalAgain({ refusal, governance: entry.governance, detail, moment, engine })
    if (again.outcome === 'undecided') this.#undecided.push({ entry: entry.index, why: again.why })
    if (again.outcome === 'allowed') {
      const { object, grant } = again
      const says = `refused: ${refusal.reasons.join(', ')}; again, allowed by \`${grant}\``
      this.#findings.push({ entry: entry.index, kind: 'refused-though-allowed', object, says })
    }
  }
}

/** Versions that an entry makes current, of one object type and of others with it. */
function publishedIn({
  object,
  lake,
  also,
  lakes,
}: LedgerEntry['governance']): readonly { object: string; lake: string }[] {
  const more = [...((also ?? []) as unknown[]), ...((lakes ?? []) as unknown[])] as { object: string; lake: string }[]
  return typeof lake === 'string' ? [{ object: String(object), lake }, ...more] : more
}

/** Object types in which an entry made records by actions. */
function madeIn({ edits }: LedgerEntry['governance']): readonly string[] {
  if (!Array.isArray(edits)) return []
  return (edits as { kind?: string; object?: string }[]).flatMap(({ kind, object }) =>
    kind === 'create' && object ? [object] : [],
  )
}

const whoOf = ({ governance }: LedgerEntry) => `${governance.subject} ${governance.purpose}`

function finding(read: ReadFact, relation: RelationFact | null): Omit<ReplayFinding, 'kind' | 'says'> {
  return { entry: read.entry, object: relation?.object ?? '' }
}
