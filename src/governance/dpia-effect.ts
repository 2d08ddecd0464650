import type { Instant } from '#kernel'
import type { AccessRow } from './access-row.ts'
import { fold } from './fold.ts'
import type { PolicyEngine } from './policy-engine.ts'
import { type Input, sign } from './sign.ts'
import { effectiveFrom, type GovernanceState } from './state.ts'
import { whoCanSee } from './who-can-see.ts'

/** Somebody who would lose something by a new version of a DPIA. */
export interface Loss {
  readonly row: AccessRow
  readonly stopsAt: Instant
}

/**
 * The dry run of a DPIA version: who would lose what, and when, if it were approved now. Everybody's access with and
 * without it, at the moment it takes effect, and for grants of individual care at the later moment that is theirs.
 * Throws what signing it would.
 */
export function effectOfDpia(
  state: GovernanceState,
  input: Input<'governance.dpia-approved'>,
  at: Instant,
  engine: PolicyEngine,
): readonly Loss[] {
  const entry = sign(state, 'governance.dpia-approved', input, at)
  const after = fold(state, { ...entry, index: state.upTo + 1, time: at })
  const version = after.dpias.get(input.id)!.at(-1)!
  const moments = new Set([effectiveFrom(version, false), effectiveFrom(version, true)])
  const losses = new Map<string, Loss>()
  for (const stopsAt of [...moments].sort()) {
    const still = new Set(whoCanSee(after, stopsAt, engine).map(keyOf))
    for (const row of whoCanSee(state, stopsAt, engine)) {
      const key = keyOf(row)
      if (!still.has(key) && !losses.has(key)) losses.set(key, { row, stopsAt })
    }
  }
  return [...losses.values()]
}

function keyOf({ person, grant }: AccessRow): string {
  return `${person} ${grant}`
}
