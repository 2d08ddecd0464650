import { objectTypes } from '#contracts'
import { type Catalogue, type Decision, decide, type GovernanceState } from '#governance'
import type { PurposeId, SubjectId } from '#kernel'
import { canonicalJson } from '#kernel'
import type { GateDeps } from './deps.ts'
import { gateErrors } from './errors.ts'
import type { Refusals } from './refusals.ts'
import type { RelationRequest } from './session.ts'

type Allowed = Extract<Decision, { allowed: true }>

/** One relation of a question with the decision that lets it be read, and the version of the data it will be read from. */
export interface Granted {
  readonly request: RelationRequest
  /** The columns asked for, spelled out. */
  readonly columns: readonly string[]
  readonly decision: Allowed
  readonly lakeManifest: string
}

/** Everything a question may touch, decided at one moment. */
export interface Decided<R extends string = string> {
  readonly relations: Readonly<Record<R, Granted>>
  readonly state: GovernanceState
  /** What data existed at that moment: lake and vault of one and the same entry. */
  readonly catalogue: Catalogue
}

export interface Asker {
  readonly subject: SubjectId
  readonly purpose: PurposeId
}

/**
 * Decides every relation of a question now, or refuses the whole with the one error that tells nothing. The reasons go
 * to the ledger. A type that has no data yet is refused like one that does not exist.
 */
export async function decideAll<R extends string>(
  deps: GateDeps,
  refusals: Refusals,
  asker: Asker,
  requests: Readonly<Record<R, RelationRequest>>,
): Promise<Decided<R>> {
  const state = deps.governance.state()
  const catalogue = deps.governance.catalogue()
  const relations: Partial<Record<R, Granted>> = {}
  for (const [name, request] of Object.entries(requests) as [R, RelationRequest][]) {
    const reasons: string[] = []
    const granted = decideOne(deps, state, catalogue, asker, request, reasons)
    if (!granted) {
      await refusals.write({ ...asker, reasons, asked: { object: request.object, columns: request.columns } })
      throw gateErrors('FDP_GATE_NOT_AVAILABLE')
    }
    relations[name] = granted
  }
  return { relations: relations as Record<R, Granted>, state, catalogue }
}

function decideOne(
  deps: GateDeps,
  state: GovernanceState,
  catalogue: Catalogue,
  asker: Asker,
  request: RelationRequest,
  reasons: string[],
): Granted | null {
  const type = objectTypes().find((each) => each.name === request.object)
  if (!type) reasons.push('no-such-object')
  else if (
    request.columns !== 'all-permitted' &&
    request.columns.some((name) => !type.properties.some((each) => each.name === name))
  ) {
    reasons.push('no-such-column')
  }
  if (reasons.length > 0) return null
  const decision = decide(
    state,
    { ...asker, ...request, action: 'read', at: deps.clock.now() },
    deps.governance.policies,
  )
  if (!decision.allowed) {
    reasons.push(...decision.reasons.map((reason) => reason.code))
    return null
  }
  const lakeManifest = catalogue.lakeManifest(request.object)
  if (lakeManifest === null) {
    reasons.push('no-data')
    return null
  }
  const columns = request.columns === 'all-permitted' ? decision.columns : request.columns
  return { request, columns, decision, lakeManifest }
}

/**
 * Whether everything decided still holds now, under the same grants with the same rows. Cheap while governance has not
 * changed and no time limit has passed; otherwise each relation is decided again.
 */
export function stillAllowed(deps: GateDeps, asker: Asker, decided: Decided): boolean {
  if (deps.standstill() !== null) return false
  const state = deps.governance.state()
  const at = deps.clock.now()
  return (Object.values(decided.relations) as Granted[]).every(({ request, columns, decision }) => {
    if (sameRules(state, decided.state) && at < decision.until) return true
    const again = decide(
      state,
      { ...asker, object: request.object, columns, level: decision.level, action: 'read', at },
      deps.governance.policies,
    )
    return again.allowed && again.grant === decision.grant && canonicalJson(again.rows) === canonicalJson(decision.rows)
  })
}

/** Entries of reads move the state along without touching anything a decision looks at. */
function sameRules(a: GovernanceState, b: GovernanceState): boolean {
  return a.grants === b.grants && a.persons === b.persons && a.purposes === b.purposes && a.dpias === b.dpias
}
