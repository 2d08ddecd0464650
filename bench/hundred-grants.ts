/**
 * What a hundred narrow grants cost: the steps that people take, and the seconds that the program takes. One form of a
 * hundred items, or ten people with a family of ten data sets each; beside the same hundred asked for one by one. If the
 * narrow way were the slow way, somebody would ask for everything instead. Seconds are for making, checking by policy and
 * folding the events, without the flush of the ledger, which is one for each form.
 *
 *   node_modules/.bin/node bench/hundred-grants.ts
 */
import { pathToFileURL } from 'node:url'
import { objectTypes } from '#contracts'
import {
  approveRequest,
  fold,
  type GovernanceState,
  generalColumnsAt,
  type Input,
  type Level,
  sign,
  unionAfter,
  whoCanSee,
} from '#governance'
import type { SubjectId } from '#kernel'
import {
  appendEvent,
  clerkInput,
  day,
  dpiaInput,
  governedTenant,
  guardian,
  hashOf,
  owner,
  policies,
  purpose,
  subject,
} from '../test/governed-tenant.ts'

export interface HundredGrantsRow {
  readonly what: string
  /** Commands or clicks of all people together: one to send a form, one to look at the union, one to approve it. */
  readonly steps: number
  readonly seconds: number
}

const grants = 100
const at = day(1)
const level: Level = 'pseudonymised'
const objects = objectTypes()
  .map(({ name }) => name)
  .filter((name) => generalColumnsAt(name, level).length > 0)
const scopes = ['RJ1', 'RJ2', 'RJ3', 'RJ4'] as const

export function benchHundredGrants(): readonly HundredGrantsRow[] {
  const families = Array.from({ length: 10 }, (_, person) => ({
    holder: subject(`person-${person}`),
    items: Array.from({ length: 10 }, (_, i) => itemOf((person * 10 + i) % objects.length)),
  }))
  const whole = [{ holder: subject('person-0'), items: Array.from({ length: grants }, (_, i) => itemOf(i)) }]
  const single = families.flatMap(({ holder, items }) => items.map((item) => ({ holder, items: [item] })))
  measured('to warm up', whole)
  return [
    measured('one form of 100 items for one person', whole),
    measured('ten forms, each a family of ten data sets', families),
    measured('a hundred forms of one data set', single),
  ]
}

type Item = Input<'governance.access-requested'>['items'][number]
interface Form {
  readonly holder: SubjectId
  readonly items: readonly Item[]
}

/** More items than object types: the same data set again for the rows of another site. */
function itemOf(i: number): Item {
  const object = objects[i % objects.length]!
  const controllers = [scopes[Math.trunc(i / objects.length)] ?? 'RJ1'] as never
  return {
    object,
    columns: [...generalColumnsAt(object, level)],
    level,
    rows: { controllers, where: [] },
    disclosurePolicy: null,
  }
}

function measured(what: string, forms: readonly Form[]): HundredGrantsRow {
  let state = registered()
  let steps = 0
  const began = performance.now()
  for (const [i, form] of forms.entries()) {
    const id = `form-${i}`
    state = appended(state, sign(state, 'governance.access-requested', requestOf(id, form), at))
    unionAfter(state, id, at)
    for (const entry of approveRequest(state, { by: owner, request: id }, at, policies)) state = appended(state, entry)
    steps += 3
  }
  const seconds = (performance.now() - began) / 1_000
  const live = whoCanSee(state, at, policies).length
  if (live !== grants) throw new Error(`${live} grants are live, not ${grants}`)
  return { what, steps, seconds }
}

const dpia = { id: 'elective-recovery', version: 2, sha256: hashOf('c') }

function requestOf(id: string, { holder, items }: Form): Input<'governance.access-requested'> {
  return {
    ...{ by: holder, id, subject: holder, purpose: purpose('waiting-list-care'), from: at, until: day(31), dpia },
    ...{ reason: 'the winter plan', items: [...items] },
  }
}

function appended(state: GovernanceState, entry: ReturnType<typeof sign>): GovernanceState {
  return fold(state, { ...entry, index: state.upTo + 1, time: at })
}

/** The trust of the tests with ten more of its own staff and a DPIA over every data set, that lets one person see them all. */
function registered(): GovernanceState {
  let state = governedTenant()
  for (let i = 0; i < 10; i++)
    state = appendEvent(state, 'governance.person-registered', { ...clerkInput, id: subject(`person-${i}`) })
  const claims = [{ ...dpiaInput.claims[0]!, objects }]
  const bounds = { ...dpiaInput.bounds, breadth: { personMax: 500, employerMax: 500 } }
  const next = { ...dpiaInput, by: guardian, dpiaVersion: 2, sha256: dpia.sha256, claims, bounds }
  return appendEvent(state, 'governance.dpia-approved', next)
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) console.table(benchHundredGrants())
