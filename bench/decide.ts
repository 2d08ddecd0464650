/**
 * How long one decision takes as grants grow: the same few questions, beside ever more grants of other people and data
 * sets, in one run. What one person holds stays the same, so the time should not grow with what all hold together.
 *
 *   node_modules/.bin/node bench/decide.ts
 */
import { pathToFileURL } from 'node:url'
import { objectTypes } from '#contracts'
import { decide, emptyState, fold, type GovernanceState, generalColumnsAt, type ReadRequest } from '#governance'
import {
  append,
  appendEvent,
  clerkInput,
  day,
  dpiaInput,
  entryOf,
  grantInput,
  opening,
  policies,
  purposeInput,
  subject,
  switchedOnInput,
  tenant,
} from '../test/governed-tenant.ts'

export interface DecideBenchRow {
  readonly grants: number
  readonly allowedMicroseconds: number
  readonly refusedMicroseconds: number
  /** To the smallest number of grants in the same run. */
  readonly ratio: number
}

const sizes = [10, 1_000, 10_000]
const grantsEachPerson = 10
const decisionsEach = 400
const rounds = 5
const objects = objectTypes()
  .map(({ name }) => name)
  .filter((name) => generalColumnsAt(name, 'pseudonymised').length > 0)
  .slice(0, grantsEachPerson)

/** The middle of five rounds, the sizes taking turns so that a busy machine is busy for all of them. */
export function benchDecide(): readonly DecideBenchRow[] {
  const states = sizes.map((grants) => stateOf(grants))
  const times = sizes.map(() => ({ allowed: [] as number[], refused: [] as number[] }))
  for (let round = 0; round < rounds; round++) {
    states.forEach((state, i) => {
      times[i]!.allowed.push(microsecondsEach(state, sizes[i]!, true))
      times[i]!.refused.push(microsecondsEach(state, sizes[i]!, false))
    })
  }
  const middle = (values: readonly number[]) => [...values].sort((a, b) => a - b)[Math.floor(rounds / 2)]!
  const first = middle(times[0]!.allowed)
  return sizes.map((grants, i) => {
    const { allowed, refused } = times[i]!
    const allowedMicroseconds = middle(allowed)
    return { grants, allowedMicroseconds, refusedMicroseconds: middle(refused), ratio: allowedMicroseconds / first }
  })
}

function microsecondsEach(state: GovernanceState, grants: number, isAllowed: boolean): number {
  const started = performance.now()
  for (let n = 0; n < decisionsEach; n++) {
    const request = requestOf((n * 37) % grants, isAllowed)
    if (decide(state, request, policies).allowed !== isAllowed) throw new Error('decided otherwise')
  }
  return ((performance.now() - started) * 1_000) / decisionsEach
}

function stateOf(grants: number): GovernanceState {
  let state = appendEvent(emptyState(tenant), 'governance.tenant-opened', opening, day(0))
  state = appendEvent(state, 'governance.purpose-registered', purposeInput)
  for (let i = 0; i < grants / grantsEachPerson; i++) {
    state = append(
      state,
      entryOf('governance.person-registered', { ...clerkInput, id: subject(`person-${i}`) }),
      day(0),
    )
  }
  state = appendEvent(state, 'governance.switched-on', switchedOnInput)
  const claims = [{ ...dpiaInput.claims[0]!, objects }]
  state = appendEvent(state, 'governance.dpia-approved', { ...dpiaInput, claims })
  let index = state.upTo
  for (let i = 0; i < grants; i++) {
    state = fold(state, { ...entryOf('governance.grant-approved', grantOf(i)), index: ++index, time: day(0) })
  }
  return state
}

function grantOf(i: number): typeof grantInput {
  const object = objects[i % objects.length]!
  const columns = [...generalColumnsAt(object, 'pseudonymised')]
  return { ...grantInput, id: `g${i}`, subject: subject(`person-${Math.floor(i / grantsEachPerson)}`), object, columns }
}

/** Of a grant that there is; refused for a level that it does not give. */
function requestOf(i: number, isAllowed: boolean): ReadRequest {
  const { subject, purpose, object, columns } = grantOf(i)
  const level = isAllowed ? 'pseudonymised' : 'identifiable'
  return { subject, purpose, object, columns: columns.slice(0, 5), level, at: day(2), action: 'read' }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) console.table(benchDecide())
