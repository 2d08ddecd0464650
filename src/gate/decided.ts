import { objectType, objectTypes } from '#contracts'
import { type Catalogue, type Decision, decide, type GovernanceState, isTimeOver, type Level } from '#governance'
import type { EntryIndex, Instant, PurposeId, SubjectId } from '#kernel'
import { canonicalJson } from '#kernel'
import { optOutLists } from '#privacy'
import { askedFor } from './asked-for.ts'
import type { GateDeps } from './deps.ts'
import { gateErrors } from './errors.ts'
import { type OptOuts, optOutsOf } from './opt-outs.ts'
import type { Refusals } from './refusals.ts'
import type { RelationRequest } from './session.ts'

type Allowed = Extract<Decision, { allowed: true }>

/** One relation of a question with the decision that lets it be read, and the version of the data it will be read from. */
export interface Granted {
  readonly request: RelationRequest
  /** The columns asked for, spelled out. */
  readonly columns: readonly string[]
  readonly decision: Allowed
  /** Null for a type that nobody published and in which actions made records. */
  readonly lakeManifest: string | null
  /** When another version took the place of that one; null: none did. */
  readonly since: Instant | null
  /** Null where rows are about nobody. */
  readonly optOuts: OptOuts | null
}

/** Everything a question may touch, decided at one moment. */
export interface Decided<R extends string = string> {
  readonly relations: Readonly<Record<R, Granted>>
  readonly state: GovernanceState
  /** What data exist at that moment: lake and vault of one and the same entry. */
  readonly catalogue: Catalogue
  /** The manifest of the vault that belongs to the data read; null where nothing is in it. */
  readonly vault: string | null
}

export interface Asker {
  readonly subject: SubjectId
  readonly purpose: PurposeId
}

/** Levels at which rows leave, least identifying first. At the remaining one, aggregate, only released numbers do. */
export const rowLevels: readonly Level[] = ['pseudonymised', 'identifiable']

/**
 * Decides every relation of a question now, or refuses the whole with the one error that tells nothing. The reasons go
 * to the ledger. A type that has no data yet is refused like one that does not exist. `levels` are tried in order where
 * the question fixes none; a level outside them is refused.
 */
export async function decideAll<R extends string>(
  deps: GateDeps,
  refusals: Refusals,
  asker: Asker,
  requests: Readonly<Record<R, RelationRequest>>,
  levels: readonly Level[],
  asOf?: EntryIndex,
): Promise<Decided<R>> {
  const replaced =
    asOf === undefined ? new Map<string, Instant>() : await replacedSince(deps, Object.values(requests), asOf)
  const state = deps.governance.state()
  const catalogue = deps.governance.catalogue()
  const data = asOf === undefined || asOf >= catalogue.upTo ? catalogue : catalogue.at(asOf)
  const relations: Partial<Record<R, Granted>> = {}
  for (const [name, request] of Object.entries(requests) as [R, RelationRequest][]) {
    const reasons = new Set<string>()
    const since = replaced.get(request.object) ?? null
    const granted = decideOne({ deps, state, catalogue, data, since, asker, reasons }, request, levels)
    if (!granted) {
      const { subject, purpose } = asker
      const tried = { levels: wantedLevels(request, levels), upTo: state.upTo }
      await refusals.write({ subject, purpose, reasons: [...reasons], ...tried, asked: askedFor(request) })
      throw gateErrors('FDP_GATE_NOT_AVAILABLE')
    }
    checkThere(catalogue, data, granted)
    relations[name] = granted
  }
  return { relations: relations as Record<R, Granted>, state, catalogue, vault: data.vaultManifest() }
}

/**
 * Erasure wins over time travel: from the entry that takes somebody's rows out of a type, what the type was before is
 * nobody's any more; and what was destroyed is not there.
 */
function checkThere(catalogue: Catalogue, data: Catalogue, { request, decision, lakeManifest }: Granted): void {
  // Who said no is not known while a list of them is lost.
  const lists = objectType(request.object).personLevel ? Object.values<string>(optOutLists) : []
  const lost = [request.object, ...lists].map((object) => data.lostBy(object)).find((entry) => entry !== null)
  if (lost !== undefined) throw gateErrors('FDP_GATE_DATA_LOST', { object: request.object, entry: lost! })
  if (data === catalogue) return
  const erased = catalogue.moves.findLast(
    (move) => 'erasure' in move && move.entry > data.upTo && move.lakes.some(({ object }) => object === request.object),
  )
  const needed = [lakeManifest, decision.level === 'identifiable' ? data.vaultManifest() : null]
  const purged = needed.map((manifest) => (manifest === null ? null : data.purgedBy(manifest)))
  const by = erased?.entry ?? purged.find((entry) => entry !== null)
  if (by !== undefined && by !== null) throw gateErrors('FDP_GATE_VERSION_PURGED', { entry: by })
}

/** What `decideAll` would let be read of a type now. No attempt at anything, so nothing is written. */
export function decideQuietly(
  deps: GateDeps,
  asker: Asker,
  request: RelationRequest,
  levels: readonly Level[],
): Granted | null {
  const state = deps.governance.state()
  const catalogue = deps.governance.catalogue()
  return decideOne({ deps, state, catalogue, data: catalogue, since: null, asker, reasons: new Set() }, request, levels)
}

interface Moment {
  readonly deps: GateDeps
  readonly state: GovernanceState
  readonly catalogue: Catalogue
  /** As of the entry that the question names. */
  readonly data: Catalogue
  /** When another version took the place of the one asked for; null: none did. */
  readonly since: Instant | null
  readonly asker: Asker
  readonly reasons: Set<string>
}

function decideOne(moment: Moment, request: RelationRequest, levels: readonly Level[]): Granted | null {
  const { deps, state, catalogue, data, since, asker, reasons } = moment
  const unknown = whatIsUnknown(request)
  if (unknown) {
    reasons.add(unknown)
    return null
  }
  const { subject, purpose } = asker
  const { object, columns } = request
  const wanted = wantedLevels(request, levels)
  if (wanted.length === 0) reasons.add('rows-at-aggregate-level')
  for (const level of wanted) {
    const asked = { subject, purpose, object, columns, level, action: 'read', at: deps.clock.now() } as const
    const decision = decide(state, asked, deps.governance.policies)
    if (!decision.allowed) {
      for (const { code } of decision.reasons) reasons.add(code)
      continue
    }
    if (since !== null && isTimeOver(decision.purpose, since, asked.at)) {
      reasons.add('purpose-time-over')
      continue
    }
    const optOuts = optOutsFor(deps, catalogue, object, decision)
    if (optOuts?.rulings.national.outcome === 'refuse') {
      reasons.add(`opt-outs-${optOuts.rulings.national.reason}`)
      continue
    }
    const lakeManifest = data.lakeManifest(object)
    const made = deps.edits?.overlay(object, moment.data.upTo, 'shown')?.created ?? false
    if (lakeManifest !== null || made)
      return { request, columns: decision.columns, decision, lakeManifest, since, optOuts }
    reasons.add('no-data')
  }
  return null
}

/** By object type, when what was current at the moment asked for was replaced; nothing of those where it was not. */
async function replacedSince(
  { governance, ledger }: GateDeps,
  requests: readonly RelationRequest[],
  asOf: EntryIndex,
): Promise<ReadonlyMap<string, Instant>> {
  const catalogue = governance.catalogue()
  const found = new Map<string, Instant>()
  for (const { object } of requests) {
    const entry = catalogue.replacedAt(object, asOf)
    if (entry !== null) found.set(object, (await ledger.entry(entry)).time)
  }
  return found
}

function wantedLevels({ level: fixed }: RelationRequest, levels: readonly Level[]): readonly Level[] {
  return fixed === undefined ? levels : levels.filter((level) => level === fixed)
}

function optOutsFor(deps: GateDeps, catalogue: Catalogue, object: string, { purpose, level }: Allowed): OptOuts | null {
  return optOutsOf(objectType(object), { purpose, level, stricter: deps.stricterOptOuts?.() ?? false }, catalogue)
}

function whatIsUnknown({ object, columns }: RelationRequest): string | null {
  const type = objectTypes().find((each) => each.name === object)
  if (!type) return 'no-such-object'
  if (columns === 'all-permitted') return null
  return columns.every((name) => type.properties.some((each) => each.name === name)) ? null : 'no-such-column'
}

/**
 * Why what was decided no longer holds now, under the same grants with the same rows; empty while it does. Cheap while
 * governance has not changed, the clock has not gone back and no time limit has passed; otherwise each relation is
 * decided again.
 */
export function whyNoLonger(deps: GateDeps, asker: Asker, decided: Decided): readonly string[] {
  if (deps.standstill() !== null) return ['standstill']
  const state = deps.governance.state()
  const at = deps.clock.now()
  const isQuiet = state.changedAt === decided.state.changedAt && at >= state.lastTime
  const { subject, purpose } = asker
  const reasons = new Set<string>()
  for (const { request, columns, decision, since, optOuts } of Object.values(decided.relations) as Granted[]) {
    if (isQuiet && at < decision.until) continue
    const asked = {
      subject,
      purpose,
      object: request.object,
      columns,
      level: decision.level,
      action: 'read',
      at,
    } as const
    const again = decide(state, asked, deps.governance.policies)
    if (!again.allowed) for (const { code } of again.reasons) reasons.add(code)
    else if (since !== null && isTimeOver(again.purpose, since, at)) reasons.add('purpose-time-over')
    else if (!isSame(again, decision)) reasons.add('grant-changed')
    else if (!isSameRuling(optOutsFor(deps, decided.catalogue, request.object, again), optOuts)) {
      reasons.add('opt-outs-changed')
    }
  }
  return [...reasons]
}

function isSame(again: Allowed, before: Allowed): boolean {
  return again.grant === before.grant && canonicalJson(again.rows) === canonicalJson(before.rows)
}

/** A purpose may have another class or basis since; lists that grew act on the next read. */
function isSameRuling(again: OptOuts | null, before: OptOuts | null): boolean {
  return JSON.stringify(again?.rulings) === JSON.stringify(before?.rulings)
}
