import { columnsAt, isObjectType } from './columns.ts'
import { decide, type ReadRequest } from './decide.ts'
import type { PolicyEngine } from './policy-engine.ts'
import type { GovernanceState } from './state.ts'

/**
 * What is missing for a read, in sentences, for the person themselves and for officers. Works from contract and grants
 * only: it never looks at data, so it cannot tell whether any exist. One line if nothing is missing.
 */
export function explain(state: GovernanceState, request: ReadRequest, engine: PolicyEngine): readonly string[] {
  const decision = decide(state, request, engine)
  if (decision.allowed) {
    return [
      `allowed by the grant \`${decision.grant}\` at the level ${decision.level}, as things stand until ${decision.until}`,
    ]
  }
  const reasons = decision.reasons.map(
    ({ grant, says, help }) => `${grant ? `grant \`${grant}\`: ` : ''}${says}; ${help}`,
  )
  return [...contractLines(request), ...reasons]
}

function contractLines(request: ReadRequest): readonly string[] {
  const { object, columns, level = 'identifiable' } = request
  if (!isObjectType(object)) return [`no contract has the object type \`${object}\`; look at the list of contracts`]
  if (columns === 'all-permitted') return []
  const known = columnsAt(object, level)
  return columns
    .filter((column) => !known.has(column))
    .map((column) => `\`${object}\` has no column \`${column}\` at the level ${level}; look at its contract`)
}
