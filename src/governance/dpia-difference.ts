import { canonicalJson, type JsonObject } from '#kernel'
import type { DpiaClaim } from './dpia-form.ts'
import { fail } from './errors.ts'
import type { DpiaVersion, GovernanceState } from './state.ts'

/** One part of a DPIA that reads differently in a later version; null: it is not there. */
export interface PartChanged {
  /** `breadth`, `contracts`, `nextReview`, … */
  readonly part: string
  readonly before: unknown
  readonly after: unknown
}

/** What a later version of a DPIA says otherwise. A claim that was changed in any way is one removed and one added. */
export interface DpiaDifference {
  readonly id: string
  readonly from: number
  readonly to: number
  readonly addedClaims: readonly DpiaClaim[]
  readonly removedClaims: readonly DpiaClaim[]
  readonly changedBounds: readonly PartChanged[]
  readonly changedDocument: readonly PartChanged[]
}

/** FDP_GOVERNANCE_NOT_FOUND where the register has no such version. */
export function dpiaDifference(state: GovernanceState, id: string, from: number, to: number): DpiaDifference {
  const before = versionOf(state, id, from)
  const after = versionOf(state, id, to)
  return {
    ...{ id, from, to },
    addedClaims: without(after.claims, before.claims),
    removedClaims: without(before.claims, after.claims),
    changedBounds: partsChanged(before.bounds, after.bounds),
    changedDocument: partsChanged(before.document ?? {}, after.document ?? {}),
  }
}

function versionOf(state: GovernanceState, id: string, version: number): DpiaVersion {
  const found = state.dpias.get(id)?.find((each) => each.version === version)
  if (!found) throw fail('FDP_GOVERNANCE_NOT_FOUND', { what: `version ${version} of the DPIA`, id })
  return found
}

function without(claims: readonly DpiaClaim[], others: readonly DpiaClaim[]): readonly DpiaClaim[] {
  const known = new Set(others.map(textOf))
  return claims.filter((claim) => !known.has(textOf(claim)))
}

function partsChanged(before: object, after: object): readonly PartChanged[] {
  const parts = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort()
  const at = (version: object, part: string): unknown => (version as Record<string, unknown>)[part] ?? null
  return parts
    .map((part) => ({ part, before: at(before, part), after: at(after, part) }))
    .filter((each) => textOf({ is: each.before }) !== textOf({ is: each.after }))
}

function textOf(value: object): string {
  return canonicalJson(value as JsonObject)
}
