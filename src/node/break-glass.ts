import { type ObjectType, objectTypes } from '#contracts'
import type { PersonAsked } from '#gate'
import { type GovernanceState, generalColumnsAt, type Input, sign } from '#governance'
import type { Instant, PurposeId, SubjectId } from '#kernel'
import { nodeErrors } from './errors.ts'
import {
  checkedOpening,
  openingId,
  openingMinutesMax,
  openingReason,
  openingRefused,
  openingUntil,
  refuseOpening,
} from './opening-checks.ts'
import { appendInTurn } from './signing.ts'
import type { Tenant } from './tenant.ts'

export interface BreakGlass {
  readonly by: SubjectId
  /** Of the class individual care. */
  readonly purpose: PurposeId
  readonly patient: PersonAsked
  /** In the words of whoever opens; goes into the erasable part. */
  readonly reason: string
  /** An hour at most, and if left out. */
  readonly minutes?: number
}

export interface GlassBroken {
  /** One, or several where the data sets do not fit one entry. */
  readonly openings: readonly { readonly id: string; readonly entry: number }[]
  readonly until: Instant
  readonly objects: readonly string[]
}

type Opened = Input<'governance.break-glass-opened'>['objects'][number]

/** Limits of one event (spec/governance-events.md), and room for what stands around them in an entry. */
const objectsMax = 30
const openedCharactersMax = 60_000

/**
 * Opens one patient's record at once, for the person who asks: nobody approves, everybody sees that it happened, and a
 * review is due within a day. Checked by policy before anybody is looked up. The look-up is an entry of its own; a crash
 * between it and the opening leaves nothing open.
 * FDP_NODE_OPENING_REASON, FDP_NODE_OPENING_MINUTES, FDP_NODE_OPENING_REFUSED, FDP_NODE_NO_PATIENT,
 * FDP_GOVERNANCE_NOT_ENTITLED.
 */
export async function breakGlass(tenant: Tenant, asked: BreakGlass): Promise<GlassBroken> {
  const { by, purpose } = asked
  const { ledger, gate, flows } = tenant
  const reason = openingReason(asked.reason)
  const until = openingUntil(flows.clock.now(), asked.minutes ?? openingMinutesMax)
  const id = openingId(tenant, 'glass')
  const parts = packed(withData(tenant))
  const idOf = (part: number) => (part === 0 ? id : `${id}-${part + 1}`)
  const entry = (part: number, state: GovernanceState, at: Instant) =>
    sign(state, 'governance.break-glass-opened', { by, id: idOf(part), purpose, until, objects: parts[part]! }, at)
  const who = { subject: by, purpose }
  await checkedOpening(tenant, who, 'break-glass', (state, at) =>
    parts.map((objects, part) => ({
      ...{ entry: entry(part, state, at), id: idOf(part) },
      objects: objects.map(({ object }) => object),
    })),
  )
  const person = parts.length === 0 ? null : await gate.findPerson(who, asked.patient)
  if (person === null) throw nodeErrors('FDP_NODE_NO_PATIENT')
  if ((await tenant.staff.keysOf(ledger, by)).includes(person)) {
    const error = openingRefused(by, 'nobody opens their own record')
    await refuseOpening(tenant, who, 'break-glass', { codes: ['own-record'], error })
  }
  const receipts = await appendInTurn(tenant, (state, at) =>
    [...parts.keys()].map((part) => ({ ...entry(part, state, at), detail: { person, reason } })),
  )
  const openings = receipts.map(({ index }, part) => ({ id: idOf(part), entry: index }))
  return { openings, until, objects: parts.flat().map(({ object }) => object) }
}

/** Every object type about people that holds data, with what its contract shows at identifiable level. */
function withData({ governance }: Tenant): readonly Opened[] {
  const catalogue = governance.catalogue()
  return objectTypes()
    .filter(({ name, personLevel }: ObjectType) => personLevel && catalogue.lakeManifest(name) !== null)
    .map(({ name }) => ({ object: name, columns: [...generalColumnsAt(name, 'identifiable')] }))
    .filter(({ columns }) => columns.length > 0)
}

/** As many to an entry as it takes. */
export function packed(opened: readonly Opened[]): readonly Opened[][] {
  const parts: Opened[][] = []
  let characters = 0
  for (const each of opened) {
    const more = JSON.stringify(each).length + 1
    const last = parts.at(-1)
    if (last && last.length < objectsMax && characters + more <= openedCharactersMax) {
      last.push(each)
      characters += more
    } else {
      parts.push([each])
      characters = more
    }
  }
  return parts
}
