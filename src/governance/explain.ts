import { columnsAt, isObjectType } from './columns.ts'
import { decide, type ReadRequest, type Reason } from './decide.ts'
import { daysOpen } from './kept-time.ts'
import type { PolicyEngine } from './policy-engine.ts'
import type { GovernanceState } from './state.ts'

/** Found before any policy is asked. */
const withoutPolicy: readonly string[] = ['person-unknown', 'no-grant', 'grant-action']

/**
 * What is missing for a read, in sentences, for the person themselves and for officers. Works from contract and grants
 * only: it never looks at data, so it cannot tell whether any exist. One line if nothing is missing.
 */
export function explain(state: GovernanceState, request: ReadRequest, engine: PolicyEngine): readonly string[] {
  const decision = decide(state, request, engine)
  if (decision.allowed) {
    const days = daysOpen(decision.purpose)
    return [
      `allowed by the grant \`${decision.grant}\` at the level ${decision.level}, as things stand until ${decision.until}`,
      ...(days === null
        ? []
        : [`as of an earlier moment: for ${days} days after newer data took the place of those, for this purpose`]),
    ]
  }
  return [...contractLines(request), ...decision.reasons.map(reasonLine)]
}

/** What is missing, what to do next, and which policy asks for it, so that it can be looked up in policies/. */
function reasonLine({ code, grant, says, help }: Reason): string {
  const policy = withoutPolicy.includes(code) ? '' : ` (policy \`${code}\`)`
  return `${grant ? `grant \`${grant}\`: ` : ''}${says}; ${help}${policy}`
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
