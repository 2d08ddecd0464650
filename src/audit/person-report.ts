import { objectType } from '#contracts'
import type { Session } from '#gate'
import { emptyState, fold, type GovernanceState } from '#governance'
import { writeFormat } from '#kernel'
import type { AuditDeps } from './deps.ts'
import { auditErrors } from './errors.ts'
import { type AuditEvent, parseAuditEvent } from './events.ts'
import { type FoundPatient, findPatient, type PatientName } from './find-patient.ts'
import { type Inclusion, includedIn } from './inclusion.ts'
import { keysOf } from './person-keys.ts'
import { endOf, type ReadFact, readOf } from './reads.ts'
import { type Redactions, redactionsOf } from './redactions.ts'
import { type PersonReport, personReportFormat, type ReportUse } from './report-format.ts'
import { dataOf, purposeOf, type Who, whoOf } from './report-lines.ts'
import { inWords, withholdingWords } from './report-words.ts'
import { checkMayAsk, proxyOf, type Requester, recordRefusal } from './requester.ts'
import { signAudit, whyNotSigner } from './sign.ts'

/** A read with what the register said about it at its moment. */
interface Use {
  read: ReadFact
  readonly who: Who
  readonly purpose: ReportUse['purpose']
  readonly state: GovernanceState
}

const limitsSaid = [
  'It speaks of this organisation’s ledger only; ask each organisation that holds a record of yours.',
  'It covers reads of published data. Files on their way in, before they were published, are not listed.',
  'The proofs show that what is listed happened and was signed. That nothing is left out rests on this organisation and on whoever audits its ledger.',
] as const

/**
 * Who used a person's record, when and for what, from the whole ledger up to the question. Finding the person is a read
 * like any other, under the session's grants, and the question is an entry; whoever asks without the right is refused
 * before and on record. Says nothing about anybody else.
 * FDP_AUDIT_ASSURANCE, FDP_AUDIT_PURPOSE, FDP_AUDIT_NO_PATIENT, FDP_AUDIT_NO_PROXY, and whatever the gate refuses.
 */
export async function personReport(
  deps: AuditDeps,
  session: Session,
  name: PatientName,
  requester: Requester,
): Promise<PersonReport> {
  await checkMayAsk(deps, session, requester)
  const { assurance } = requester
  const found = await findPatient(session, name).catch(async (error) => {
    await recordRefusal(deps, session, assurance, 'no-patient')
    throw error
  })
  const now = deps.clock.now()
  const proxy = requester.proxy === null ? null : await proxyOf(deps, found.person, requester.proxy, now)
  if (requester.proxy !== null && proxy === null) {
    await recordRefusal(deps, session, assurance, 'no-proxy')
    throw auditErrors('FDP_AUDIT_NO_PROXY', { proxy: requester.proxy })
  }
  const asked = await askedEntry(deps, session, found, requester)
  const { uses, staff, state } = await collect(deps, asked)
  const redactions = await redactionsOf(deps, found.person, now)
  const spans = await keysOf(deps.ledger, found.person)
  const included = await includedIn(deps, asked, spans, uses)
  const { ledger, tenant } = deps
  return writeFormat(personReportFormat, {
    ...{ tenant, origin: ledger.origin, vkey: ledger.vkey, madeAt: now, entries: asked, staff },
    organisation: state.organisations.get(state.controller ?? '')?.name ?? String(state.controller),
    madeFor: {
      ...{ who: proxy === null ? 'self' : 'proxy', assurance },
      ...{ authority: proxy?.authority ?? null, until: proxy?.until ?? null },
    },
    keys: [...new Set(spans.map(({ key }) => key))],
    uses: await usesOf(deps, uses, included, redactions, staff),
    withheld: redactions.reasons.map((reason) => ({ reason, words: inWords(withholdingWords, reason) })),
    limits: [...limitsSaid],
  })
}

/** The question, on record before anything is answered; whose it is only in the part that can be erased. */
async function askedEntry(deps: AuditDeps, session: Session, found: FoundPatient, requester: Requester) {
  const { subject: by, purpose } = session
  const { assurance, proxy } = requester
  const body = { by, purpose, lookup: found.lookup as number, assurance, proxy }
  return (await signAudit(deps, 'audit.person-asked', body, { persons: [found.person] })).index
}

const isEntitled = (state: GovernanceState, { type, body, entry }: Extract<AuditEvent, { type: 'audit.naming-set' }>) =>
  whyNotSigner(state, type, body.by, entry.time) === null

/** One pass: every read about people before the question, with the register as it was at each. */
async function collect(deps: AuditDeps, upTo: number) {
  let state = emptyState(deps.tenant)
  let staff: PersonReport['staff'] = 'role'
  const uses = new Map<number, Use>()
  for await (const entry of deps.ledger.entries(0, upTo)) {
    const event = parseAuditEvent(entry)
    if (event?.type === 'audit.naming-set' && isEntitled(state, event)) staff = event.body.staff
    if (entry.type === 'read.opened') {
      const read = readOf(entry)
      const personal = Object.values(read.relations).some(({ object }) => objectType(object).personLevel)
      if (personal) uses.set(entry.index, { read, who: whoOf(state, read), purpose: purposeOf(state, read), state })
    }
    const ended = endOf(entry)
    const use = ended && uses.get(ended.of)
    if (use) use.read = { ...use.read, end: ended.end }
    state = fold(state, entry)
  }
  return { uses: [...uses.values()], staff, state }
}

async function usesOf(
  deps: AuditDeps,
  uses: readonly Use[],
  included: ReadonlyMap<number, Inclusion>,
  redactions: Redactions,
  staff: PersonReport['staff'],
): Promise<ReportUse[]> {
  const lines: ReportUse[] = []
  for (const { read, who, purpose } of uses) {
    const inclusion = included.get(read.entry)
    if (!inclusion || redactions.reads.has(read.entry)) continue
    const { certainty, says, key } = inclusion
    const person = key === null ? null : await deps.ledger.personProof(read.end!.entry, key)
    const opened = await deps.ledger.entryProof(read.entry)
    lines.push({
      ...{ read: read.entry, at: read.time, purpose, data: dataOf(read), certainty, says, person },
      who: { ...who, name: staff === 'name' ? who.name : null },
      opened: staff === 'name' ? opened : { ...opened, opening: null },
      ended: person === null && read.end ? await deps.ledger.entryProof(read.end.entry) : null,
    })
  }
  return lines
}
