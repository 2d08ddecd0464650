import { objectType } from '#contracts'
import type { JsonObject, PurposeId, SubjectId } from '#kernel'
import type { Batch } from '#ports'
import { disclose, disclosurePolicy } from '#privacy'
import { type Decided, decideAll, type Granted } from './decided.ts'
import type { GateDeps } from './deps.ts'
import { gateErrors } from './errors.ts'
import type { Refusals } from './refusals.ts'
import { releasedCells } from './released-cells.ts'
import { guardedBatches, newTally, personColumn, type Tally, tallyFacts, visibleColumns } from './rows.ts'
import { type Rooms, relationFacts, run } from './run.ts'
import type { Question, ReadResult, Release, ReleaseRequest, Session } from './session.ts'

/** See `Session`. Holds who and what for; every call decides anew. */
export class GateSession implements Session {
  readonly id: number
  readonly subject: SubjectId
  readonly purpose: PurposeId
  readonly #deps: GateDeps
  readonly #rooms: Rooms
  readonly #refusals: Refusals
  readonly #justify: 'never' | 'each-read'
  #identityHeld = false
  #closed = false

  constructor(
    deps: GateDeps,
    rooms: Rooms,
    refusals: Refusals,
    who: { id: number; subject: SubjectId; purpose: PurposeId; justify: 'never' | 'each-read' },
  ) {
    this.#deps = deps
    this.#rooms = rooms
    this.#refusals = refusals
    this.id = who.id
    this.subject = who.subject
    this.purpose = who.purpose
    this.#justify = who.justify
  }

  async describe(object: string): ReturnType<Session['describe']> {
    this.#mustBeUsable()
    const asked = { only: { object, columns: 'all-permitted' as const } }
    const { relations } = await decideAll(this.#deps, this.#refusals, this, asked)
    const { decision } = relations.only
    const columns = objectType(object)
      .properties.filter((property) => decision.columns.includes(property.name))
      .map((property) => ({ name: property.name, type: property.type }))
    return { level: decision.level, columns }
  }

  async rows<R extends string>(question: Question<R> & { readonly person: R | null }): Promise<ReadResult> {
    this.#mustBeUsable(question.justification)
    const decided = await decideAll(this.#deps, this.#refusals, this, question.relations)
    const granted = Object.values(decided.relations) as Granted[]
    if (granted.some(({ decision }) => decision.level === 'aggregate')) await this.#refuseRows(question)
    const identifiable = granted.some(({ decision }) => decision.level === 'identifiable')
    if (identifiable) await this.#holdIdentity()
    const { index } = await this.#opened(question, decided)
    const running = await run(this.#deps, this.#rooms, this.purpose, question, decided, index, identifiable)
    const personLevel = question.person !== null && objectType(question.relations[question.person].object).personLevel
    if (personLevel && !running.result.columns.some((column) => column.name === personColumn)) {
      throw new Error('a person-level question was built without its person column')
    }
    const tally = newTally()
    const completed = once((outcome: string) => this.#completed(index, tally, personLevel, outcome))
    const stream = guardedBatches(this.#deps, this, decided, running.result, tally)
    return {
      entry: index,
      level: identifiable ? 'identifiable' : 'pseudonymised',
      columns: visibleColumns(running.result),
      batches: () => completing(stream, completed),
      [Symbol.asyncDispose]: async () => {
        await running[Symbol.asyncDispose]()
        await completed('not-read-to-the-end')
      },
    }
  }

  async release<R extends string>(request: ReleaseRequest<R>): Promise<Release> {
    this.#mustBeUsable(request.justification)
    const asked = Object.fromEntries(
      (Object.entries(request.relations) as [R, Question<R>['relations'][R]][]).map(([name, relation]) => [
        name,
        { ...relation, level: 'aggregate' as const },
      ]),
    ) as Question<R>['relations']
    const decided = await decideAll(this.#deps, this.#refusals, this, asked)
    const policy = onePolicy(decided)
    const opened = await this.#opened(request, decided)
    const tally = newTally()
    await using running = await run(this.#deps, this.#rooms, this.purpose, request, decided, opened.index, false)
    const batches = guardedBatches(this.#deps, this, decided, running.result, tally)
    const cells = await releasedCells(running.result.columns, batches, request)
    const table = disclose(disclosurePolicy(policy), { ...cells, geography: this.#geography(request, decided) })
    const receipt = await this.#deps.ledger.append({
      type: 'release.made',
      governance: {
        of: opened.index,
        policy,
        about: request.about,
        cells: cells.cells.length,
        ...tallyFacts(tally, false),
      },
    })
    return { entry: receipt.index, policy, table }
  }

  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    if (this.#identityHeld) await this.#rooms.identity.leave()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  #mustBeUsable(justification?: string): void {
    if (this.#closed) throw gateErrors('FDP_GATE_CLOSED')
    const standstill = this.#deps.standstill()
    if (standstill) throw standstill
    if (this.#justify === 'each-read' && !justification) {
      throw gateErrors('FDP_GATE_JUSTIFICATION', { purpose: this.purpose, charactersMax: 2_000 })
    }
  }

  /** A caller may call its figures sub-national, never the other way round: that depends on whose data they are. */
  #geography(request: ReleaseRequest, decided: Decided): 'national' | 'subnational' {
    const whole = (Object.values(decided.relations) as Granted[]).every(
      ({ decision }) => decision.rows.controllers === 'all' && decision.rows.where.length === 0,
    )
    return whole && this.#deps.covers === 'national' ? request.geography : 'subnational'
  }

  async #refuseRows(question: Question): Promise<never> {
    const asked = { about: question.about }
    await this.#refusals.write({ ...whoOf(this), reasons: ['rows-at-aggregate-level'], asked })
    throw gateErrors('FDP_GATE_NOT_AVAILABLE')
  }

  /** Law 1: nothing runs before this entry is durable. */
  #opened(question: Question, decided: Decided) {
    const { justification, detail } = question
    return this.#deps.ledger.append({
      type: 'read.opened',
      governance: {
        session: this.id,
        ...whoOf(this),
        about: question.about,
        relations: relationFacts(decided),
        vault: decided.catalogue.vaultManifest(),
      },
      ...(justification || detail ? { detail: { ...detail, ...(justification ? { justification } : {}) } } : {}),
    })
  }

  async #completed(of: number, tally: Tally, personLevel: boolean, outcome: string): Promise<void> {
    await this.#deps.ledger.append({
      type: 'read.completed',
      governance: { of, outcome, ...tallyFacts(tally, personLevel) },
      ...(tally.persons.list.length > 0 ? { persons: tally.persons.list } : {}),
    })
  }

  async #holdIdentity(): Promise<void> {
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

function once<A>(act: (argument: A) => Promise<void>): (argument: A) => Promise<void> {
  let done: Promise<void> | null = null
  return (argument) => {
    done ??= act(argument)
    return done
  }
}

async function* completing(
  stream: AsyncGenerator<Batch>,
  completed: (outcome: string) => Promise<void>,
): AsyncGenerator<Batch> {
  let outcome = 'stopped'
  try {
    yield* stream
    outcome = 'complete'
  } catch (error) {
    outcome = 'failed'
    throw error
  } finally {
    await completed(outcome)
  }
}
