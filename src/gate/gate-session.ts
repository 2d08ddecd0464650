import { objectType } from '#contracts'
import type { Level } from '#governance'
import { type EntryIndex, type Instant, type JsonObject, limits, type PurposeId, type SubjectId } from '#kernel'
import type { Result } from '#ports'
import { disclose, disclosurePolicy, policyForFreeQuestions } from '#privacy'
import { type Decided, decideAll, decideQuietly, type Granted, rowLevels } from './decided.ts'
import type { GateDeps } from './deps.ts'
import type { EditRequest, EditResult, EditWrite } from './edit.ts'
import { decideEdit, type EditDecision, undoEdits } from './edit-decisions.ts'
import type { EditHost } from './edit-host.ts'
import { type EditLine, listEdits } from './edit-listing.ts'
import { mayEdit } from './edit-rights.ts'
import { runEdit } from './edit-run.ts'
import { gateErrors } from './errors.ts'
import { OpenRead } from './open-read.ts'
import type { Refusals } from './refusals.ts'
import { releasedCells } from './released-cells.ts'
import { excludedFacts, personColumn, tallyFacts, visibleColumns } from './rows.ts'
import { type Rooms, relationFacts, run } from './run.ts'
import type { EditedBetween, Question, ReadResult, Release, ReleaseRequest, Session, Visible } from './session.ts'

const sightsMax = 500
/** For `visible`: what a grant gives at most. */
const mostFirst: readonly Level[] = ['identifiable', 'pseudonymised', 'aggregate']

/** See `Session`. Holds who and what for; every call decides anew. */
export class GateSession implements Session {
  readonly id: number
  readonly subject: SubjectId
  readonly purpose: PurposeId
  readonly #deps: GateDeps
  readonly #rooms: Rooms
  readonly #refusals: Refusals
  readonly #justify: 'never' | 'each-read'
  readonly #onClosed: () => void
  readonly #reads = new Set<OpenRead>()
  /** What may be named, as long as neither governance nor time can have changed it; reads are decided each time. */
  readonly #sights = new Map<string, { readonly visible: Visible; readonly until: Instant }>()
  #identityHeld = false
  #closed = false

  constructor(
    deps: GateDeps,
    rooms: Rooms,
    refusals: Refusals,
    who: { id: number; subject: SubjectId; purpose: PurposeId; justify: 'never' | 'each-read' },
    onClosed: () => void,
  ) {
    this.#deps = deps
    this.#rooms = rooms
    this.#refusals = refusals
    this.id = who.id
    this.subject = who.subject
    this.purpose = who.purpose
    this.#justify = who.justify
    this.#onClosed = onClosed
  }

  async describe(object: string): ReturnType<Session['describe']> {
    this.#mustBeUsable()
    const asked = { only: { object, columns: 'all-permitted' as const } }
    const { relations } = await decideAll(this.#deps, this.#refusals, this, asked, [...rowLevels, 'aggregate'])
    const { decision } = relations.only
    const columns = objectType(object)
      .properties.filter((property) => decision.columns.includes(property.name))
      .map((property) => ({ name: property.name, type: property.type }))
    return { level: decision.level, columns }
  }

  visible(object: string, levels: readonly Level[] = mostFirst): Visible | null {
    this.#mustBeUsable()
    const asked = { object, columns: 'all-permitted' as const }
    const { state, catalogue } = this.#deps.governance
    const now = this.#deps.clock.now()
    const { changedAt, lastTime } = state()
    const id = `${changedAt} ${catalogue().lakeManifest(object)} ${object} ${levels.join()}`
    const known = this.#sights.get(id)
    if (known && now >= lastTime && now < known.until) return known.visible
    const granted = decideQuietly(this.#deps, this, asked, levels)
    if (!granted) return null
    const { level, until, rows } = granted.decision
    const visible = { level, columns: granted.columns, scopedBy: rows.where.map(({ property }) => property) }
    if (this.#sights.size >= sightsMax) this.#sights.clear()
    this.#sights.set(id, { visible, until })
    return visible
  }

  now(): EntryIndex {
    return this.#deps.governance.catalogue().upTo as EntryIndex
  }

  async entryAt(moment: Instant): Promise<EntryIndex> {
    this.#mustBeUsable()
    const { ledger } = this.#deps
    let [from, to] = [0, ledger.size]
    while (from < to) {
      const middle = (from + to) >>> 1
      if ((await ledger.entry(middle)).time <= moment) from = middle + 1
      else to = middle
    }
    if (from === 0) throw gateErrors('FDP_GATE_BEFORE_LEDGER')
    return (from - 1) as EntryIndex
  }

  edited(object: string, between: EditedBetween): readonly string[] | null {
    this.#mustBeUsable()
    const { edits } = this.#deps
    const keys = edits ? edits.keysBetween(object, between) : []
    const token = this.#rooms.tokens.maker(this.purpose)
    return keys?.map((key) => token(object, key)) ?? null
  }

  async rows<R extends string>(question: Question<R> & { readonly person: R | null }): Promise<ReadResult> {
    this.#mustBeUsable(question)
    const { relations, asOf } = question
    const decided = await decideAll(this.#deps, this.#refusals, this, relations, rowLevels, asOf)
    const granted = Object.values(decided.relations) as Granted[]
    const identifiable = granted.some(({ decision }) => decision.level === 'identifiable')
    if (identifiable) await this.#holdIdentity()
    const { person } = question
    const personLevel = person !== null && objectType(question.relations[person].object).personLevel
    const read = await this.#opened(question, decided, personLevel)
    const result = await this.#start(read, question, decided, identifiable)
    if (
      personLevel !== result.columns.some((column) => column.name === personColumn) ||
      result.columns.some((column) => staysInside(column.name))
    ) {
      await read.fail()
      throw new Error('a question was built without its person column, or with a column that stays inside')
    }
    return {
      entry: read.entry,
      level: identifiable ? 'identifiable' : 'pseudonymised',
      columns: visibleColumns(result),
      batches: () => read.batches(),
      [Symbol.asyncDispose]: () => read.end('not-read-to-the-end'),
    }
  }

  mayEdit(writes: readonly EditWrite[]): boolean {
    this.#mustBeUsable()
    return mayEdit(this.#deps, this, writes)
  }

  async edit<R extends string, I>(request: EditRequest<R, I>): Promise<EditResult<I>> {
    const { justification } = request
    this.#mustBeUsable({ ...(justification === undefined ? {} : { justification }) })
    return await runEdit(this.#editHost(), request)
  }

  async edits(justification?: string): Promise<readonly EditLine[]> {
    this.#mustBeUsable(justification === undefined ? {} : { justification })
    return await listEdits(this.#editHost(justification))
  }

  async decideEdit(id: string, decision: EditDecision, reason: string): Promise<EntryIndex> {
    return await decideEdit(this.#editHost(reason), id, decision, this.#reasoned(reason))
  }

  async undo(entry: number, reason: string): Promise<EntryIndex> {
    return await undoEdits(this.#editHost(reason), entry, this.#reasoned(reason))
  }

  async release<R extends string>(request: ReleaseRequest<R>): Promise<Release> {
    this.#mustBeUsable(request)
    const asked = Object.fromEntries(
      (Object.entries(request.relations) as [R, Question<R>['relations'][R]][]).map(([name, relation]) => [
        name,
        { ...relation, level: 'aggregate' as const },
      ]),
    ) as Question<R>['relations']
    const decided = await decideAll(this.#deps, this.#refusals, this, asked, ['aggregate'], request.asOf)
    const policy = request.free ? policyForFreeQuestions(onePolicy(decided)).id : onePolicy(decided)
    const read = await this.#opened(request, decided, false)
    const result = await this.#start(read, request, decided, false)
    const table = await this.#disclosed(read, result, request, decided, policy)
    const { about } = request
    const receipt = await read.endWith(() => ({
      type: 'release.made',
      // Nothing of the numbers as they were before disclosure control: not even how many there were.
      governance: { of: read.entry, policy, about, cells: table.cells.length, ...excludedFacts(read.tally) },
      detail: { rows: read.tally.rows, ...tallyFacts(read.tally, false).detail },
    }))
    return { entry: receipt.index, policy, table }
  }

  /** Results that are still open end with it; its own end is an entry. */
  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    for (const read of [...this.#reads]) await read.end('session-closed').catch(() => {})
    if (this.#identityHeld) await this.#rooms.identity.leave()
    this.#onClosed()
    const governance = { session: this.id, ...whoOf(this) }
    // A ledger that takes nothing more leaves the session without its end: audits say "ended unseen".
    await this.#deps.ledger.append({ type: 'session.closed', governance }).catch(() => {})
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  #reasoned(reason: string): string {
    const charactersMax = limits.justificationCharactersMax
    if (reason.trim() === '' || reason.length > charactersMax)
      throw gateErrors('FDP_GATE_EDIT_REASON', { charactersMax })
    this.#mustBeUsable({ justification: reason })
    return reason.trim()
  }

  #editHost(justification?: string): EditHost {
    const { id, subject, purpose } = this
    return {
      ...(justification === undefined ? {} : { justification }),
      ...{ id, subject, purpose, deps: this.#deps, rooms: this.#rooms, refusals: this.#refusals },
      holdIdentity: () => this.#holdIdentity(),
      open: (question, decided, personLevel) => this.#opened(question, decided, personLevel),
      start: (read, question, decided, identifiable, inside) =>
        read.start(() => run(this.#deps, this.#rooms, this, question, decided, read.entry, identifiable, inside)),
    }
  }

  #mustBeUsable(question?: Pick<Question, 'justification'>): void {
    if (this.#closed) throw gateErrors('FDP_GATE_CLOSED')
    const standstill = this.#deps.standstill()
    if (standstill) throw standstill
    if (!question || this.#justify !== 'each-read') return
    const charactersMax = limits.justificationCharactersMax
    const reason = question.justification?.trim() ?? ''
    if (reason === '' || reason.length > charactersMax) {
      throw gateErrors('FDP_GATE_JUSTIFICATION', { purpose: this.purpose, charactersMax })
    }
  }

  /** A caller may call its figures sub-national, never the other way round: that depends on whose data they are. */
  #geography(request: ReleaseRequest, decided: Decided): 'national' | 'subnational' {
    const whole = (Object.values(decided.relations) as Granted[]).every(
      ({ decision }) => decision.rows.controllers === 'all' && decision.rows.where.length === 0,
    )
    return whole && !request.free && this.#deps.covers === 'national' ? request.geography : 'subnational'
  }

  /** Law 1: nothing runs before this entry is durable. */
  async #opened(question: Question, decided: Decided, personLevel: boolean): Promise<OpenRead> {
    const { detail } = question
    // A reason is kept only where the purpose asks for one: free text may say more than anybody asked.
    const justification = this.#justify === 'each-read' ? question.justification?.toWellFormed() : undefined
    const { index } = await this.#deps.ledger.append({
      type: 'read.opened',
      governance: {
        session: this.id,
        ...whoOf(this),
        about: question.about,
        relations: relationFacts(decided),
        vault: decided.vault,
        ...(question.asOf === undefined ? {} : { asOf: question.asOf }),
        ...(question.edits === 'counted' ? { edits: 'counted' } : {}),
      },
      ...(justification || detail ? { detail: { ...detail, ...(justification ? { justification } : {}) } } : {}),
    })
    const read = new OpenRead({ deps: this.#deps, asker: this, decided, entry: index, personLevel }, () =>
      this.#reads.delete(read),
    )
    this.#reads.add(read)
    if (this.#closed) await read.end('session-closed')
    return read
  }

  #start<R extends string>(
    read: OpenRead,
    question: Question<R> & { readonly person?: R | null },
    decided: Decided<R>,
    identifiable: boolean,
  ): Promise<Result> {
    return read.start(() => run(this.#deps, this.#rooms, this, question, decided, read.entry, identifiable))
  }

  async #disclosed(read: OpenRead, result: Result, request: ReleaseRequest, decided: Decided, policy: string) {
    try {
      const cells = await releasedCells(result.columns, read.stream(), request)
      return disclose(disclosurePolicy(policy), { ...cells, geography: this.#geography(request, decided) })
    } catch (error) {
      await read.fail()
      throw error
    }
  }

  /** Looked at and entered in one step: a session that was closed meanwhile must not open the room again. */
  async #holdIdentity(): Promise<void> {
    if (this.#closed) throw gateErrors('FDP_GATE_CLOSED')
    if (this.#identityHeld) return
    this.#identityHeld = true
    await this.#rooms.identity.enter()
  }
}

function whoOf(session: Session): { subject: string; purpose: string } & JsonObject {
  return { subject: session.subject, purpose: session.purpose }
}

/** The policy all relations of a release share; two that differ cannot both be kept, so such a question is a bug. */
function onePolicy(decided: Decided): string {
  const policies = new Set(Object.values(decided.relations).map(({ decision }) => decision.disclosurePolicy))
  const [policy] = policies
  if (policies.size !== 1 || !policy) throw gateErrors('FDP_GATE_NOT_AVAILABLE')
  return policy
}

/** Local keys are the same for every purpose: nothing that is built may give them out. */
function staysInside(name: string): boolean {
  // Contracts have names like `_28DayBreachDate`; the gate's own are words.
  return name.startsWith('~') || (/^_[a-z]/.test(name) && name !== personColumn)
}
