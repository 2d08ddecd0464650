import { Turns } from '#files'
import { type EventType, eventTypes, type GovernanceState, type Input, type PolicyEngine, sign } from '#governance'
import { type FdpError, type Instant, isFdpError, type SubjectId } from '#kernel'
import type { EntryInput, Ledger, Receipt } from '#ledger'
import type { Tenant } from './tenant.ts'

/** What signing needs of a tenant. */
export type SigningTenant = Pick<Tenant, 'ledger' | 'governance'> & {
  readonly flows: Pick<Tenant['flows'], 'clock'>
}

/** Types that are signed by no form of their own fields alone: a grant or a model is judged first, an opening hides whom it names. */
const withOwnWays = [
  ...(['governance.grant-approved', 'governance.break-glass-opened', 'governance.row-opened'] as const),
  ...(['governance.erasure-ordered', 'governance.erasure-approved', 'governance.hold-placed'] as const),
  ...(['governance.model-proposed', 'governance.model-approved'] as const),
] as const

export type SignableType = Exclude<EventType, (typeof withOwnWays)[number]>

/** Every type of event that may be signed as it is, through `signAndAppend`. */
export const signableTypes: readonly SignableType[] = eventTypes.filter(
  (type): type is SignableType => !(withOwnWays as readonly string[]).includes(type),
)

/** Of errors that say: this person may not, or the policies would not. */
const refusedStatus = 403

const turns = new WeakMap<Ledger, Turns>()

/** Makes the entries from the state as it is when its turn comes, and appends them before the next one's turn. */
export type Make = (state: GovernanceState, at: Instant, policies: PolicyEngine) => EntryInput | EntryInput[]

/** Who asks for something to be signed, and what: for the entry where it is refused. */
export interface Signer {
  readonly by: SubjectId
  readonly type: EventType
}

/**
 * Appends what `make` makes of a tenant's state. One at a time for each tenant: nothing else of governance comes between
 * what was checked and what was appended, so two forms that each fit cannot both be let in where only one does. What
 * `make` throws goes to whoever asked, and nothing of it is appended; that somebody was refused (status 403) is put on record
 * where `signer` is given. Several entries stand one after the other.
 */
export function appendInTurn(tenant: SigningTenant, make: Make, signer?: Signer): Promise<readonly Receipt[]> {
  const { ledger, governance, flows } = tenant
  const queue = turns.get(ledger) ?? new Turns()
  turns.set(ledger, queue)
  return queue.take(async () => {
    const state = governance.state()
    try {
      const made = make(state, momentAfter(state, flows.clock.now()), governance.policies)
      return await Promise.all([made].flat().map((entry) => ledger.append(entry)))
    } catch (error) {
      if (signer && isFdpError(error) && error.status === refusedStatus)
        await ledger.append(refusal(state, signer, error))
      throw error
    }
  })
}

/** Who is not in the register is named by words of their own: those stay out of what is never erased. */
function refusal(state: GovernanceState, { by, type }: Signer, { code, message }: FdpError): EntryInput {
  const subject = state.persons.has(by) || state.bootstrap === by ? by : 'unknown'
  return { type: 'signing.refused', governance: { version: 1, subject, type, code }, detail: { says: message } }
}

/** Entries never go back in time, so neither does what is judged for one. */
function momentAfter({ lastTime }: GovernanceState, now: Instant): Instant {
  if (now < lastTime) return lastTime
  return now
}

/** An event as a surface gives it: without the version, which this release sets, and the signer, who was proved. */
export type Body<T extends EventType> = Omit<Input<T>, 'by'>

/** Signs an event and appends it, in its turn. Throws what `sign` throws. */
export async function signAndAppend<T extends EventType>(
  tenant: SigningTenant,
  type: T,
  body: Body<T>,
  by: SubjectId,
): Promise<Receipt> {
  const make: Make = (state, at) => sign(state, type, { ...body, by } as unknown as Input<T>, at)
  const [receipt] = await appendInTurn(tenant, make, { by, type })
  return receipt!
}
