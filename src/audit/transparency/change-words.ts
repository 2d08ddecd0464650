import {
  actionInWords,
  definitionOf,
  type EventOf,
  type EventType,
  type GovernanceEvent,
  type GovernanceState,
} from '#governance'
import {
  dayInWords,
  holderInWords,
  kindInWords,
  levelInWords,
  listed,
  organisationInWords,
  rowsInWords,
} from './in-words.ts'

interface Moment {
  /** The register with the event in it. */
  readonly state: GovernanceState
  readonly before: GovernanceState
  /** Takes people's names out of what officers typed. */
  readonly plain: (text: string) => string
}

type Words<T extends EventType> = (event: EventOf<T>, moment: Moment) => string | null

const purposeName = ({ state, plain }: Moment, id: string) => `“${plain(state.purposes.get(id)?.name ?? id)}”`
const pounds = (value: number) => `£${value.toLocaleString('en-GB')}`
const isOutsider = ({ before, state }: Moment, id: string) =>
  [before, state].some((each) => {
    const person = each.persons.get(id)
    return person !== undefined && person.kind !== 'controller-staff' && person.kind !== 'care-partner'
  })

/** About outsiders alone: who of a controller's own and its partners' staff comes and goes is no matter of the public's. */
const outsider = (moment: Moment, id: string, says: (who: string) => string): string | null => {
  if (!isOutsider(moment, id)) return null
  const person = moment.state.persons.get(id)
  return person
    ? says(`One of ${kindInWords[person.kind]}, of ${organisationInWords(moment.state, person.employer)},`)
    : null
}

/**
 * The sentence for each event, or null where it is no public change: openings are counted by month instead, since the
 * moment of an emergency, or of an erasure, could tell of a patient; requests change nothing until they are answered.
 */
const sentences: { readonly [T in EventType]: Words<T> | null } = {
  'governance.tenant-opened': ({ controller, founding, officers }) =>
    `The tenant was opened; its controller is ${controller.name} (${controller.id}).` +
    (founding === undefined
      ? ''
      : ` Its ${officers.length} first officers were named by one person at the machine, whom nothing proved and who keeps no right here.`),
  'governance.organisation-registered': ({ name, id }) => `The organisation ${name} (${id}) was registered.`,
  'governance.organisation-closed': ({ id }, { state }) => `The end of ${organisationInWords(state, id)} was recorded.`,
  'governance.controller-succeeded': ({ successor }, { state }) =>
    `The controller is now ${organisationInWords(state, successor)}. Nothing that the former one approved holds until it approves it anew.`,
  'governance.person-registered': ({ id }, moment) => outsider(moment, id, (who) => `${who} was registered.`),
  'governance.person-left': ({ person, at }, moment) =>
    outsider(moment, person, (who) => `${who} leaves on ${dayInWords(at)}.`),
  'governance.clearance-recorded': ({ person, until }, moment) =>
    outsider(moment, person, (who) => `${who} has clearance until ${dayInWords(until)}.`),
  'governance.training-recorded': null,
  'governance.team-registered': null,
  'governance.team-joined': ({ person }, moment) =>
    outsider(moment, person, (who) => `${who} joined a team and what its role may see.`),
  'governance.team-left': ({ person }, moment) => outsider(moment, person, (who) => `${who} left a team.`),
  'governance.purpose-registered': (event, { plain }) =>
    `A purpose was registered: “${plain(event.name)}”, of the class ${event.class}, on Article ${event.article6}${event.article9 ? ` and ${event.article9}` : ''} UK GDPR and ${event.commonLaw} at common law.`,
  'governance.purpose-reclassed': (event, moment) =>
    `The purpose ${purposeName(moment, event.id)} will be of the class ${event.class}, on ${event.commonLaw} at common law, from ${dayInWords(event.from)}: ${moment.plain(event.reason)}`,
  'governance.retention-set': ({ purpose, days, reason }, moment) =>
    `For the purpose ${purposeName(moment, purpose)} older data are kept ${days === null ? 'for good' : `for ${days} days`}: ${moment.plain(reason)}`,
  'governance.activity-registered': null,
  'governance.instrument-registered': (event, { plain }) =>
    `A legal instrument was registered: ${plain(event.title)} (${event.kind}, ${plain(event.reference)}).`,
  'governance.instrument-ended': ({ id, at }, { state, plain }) =>
    `The legal instrument ${plain(state.instruments.get(id)?.title ?? id)} ends on ${dayInWords(at)}.`,
  'governance.contract-registered': (event, { state, plain }) =>
    `A contract was registered: “${plain(event.title)}” with ${organisationInWords(state, event.supplier)}, ${pounds(event.valuePounds)}, until ${dayInWords(event.until)}.`,
  'governance.contract-extended': (event, { state, plain }) =>
    `The contract “${plain(state.contracts.get(event.id)?.title ?? event.id)}” was extended to ${dayInWords(event.until)}, now ${pounds(event.valuePounds)}: ${plain(event.reason)}`,
  'governance.contract-changed': (event, { state, plain }) =>
    `The contract “${plain(state.contracts.get(event.id)?.title ?? event.id)}” was changed (sub-processors: ${listed(event.subProcessors) || 'none'}; instructions for: ${listed(event.instructions.flatMap(({ purposes }) => purposes as string[]))}): ${plain(event.reason)}`,
  'governance.contract-ended': (event, { state, plain }) =>
    `The contract “${plain(state.contracts.get(event.id)?.title ?? event.id)}” ends on ${dayInWords(event.at)}: ${plain(event.reason)}`,
  'governance.agreement-proposed': (event, { state, plain }) =>
    `A data sharing agreement was proposed: “${plain(event.title)}” between ${listed(event.parties.map((id) => organisationInWords(state, id)))}, ${event.reach}.`,
  'governance.agreement-signed': ({ id, agreementVersion, party }, { state }) =>
    `${organisationInWords(state, party)} signed the data sharing agreement ${id}, version ${agreementVersion}.`,
  'governance.agreement-ended': ({ id, agreementVersion, at }) =>
    `The data sharing agreement ${id}, version ${agreementVersion}, ends on ${dayInWords(at)}.`,
  'governance.dpia-approved': (event, { plain }) =>
    `Version ${event.dpiaVersion} of the assessment “${plain(event.title)}” was approved, with effect from ${dayInWords(event.effectiveFrom)}.`,
  'governance.family-registered': null,
  'governance.access-requested': null,
  'governance.access-declined': null,
  'governance.grant-approved': (event, moment) => {
    const grant = moment.state.grants.get(event.id)
    if (!grant) return null
    const { state } = moment
    const what = `${actionInWords[event.action]} ${event.object} (${levelInWords[event.level]}; ${rowsInWords(event.rows)})`
    return `A grant was given: ${holderInWords(state, grant)}, may ${what} for ${purposeName(moment, event.purpose)} until ${dayInWords(event.until)}.`
  },
  'governance.grant-revoked': ({ grant: id, at }, moment) =>
    grantEnds(moment, id, `ends on ${dayInWords(at)}, before its time`),
  'governance.grant-reviewed': ({ grant: id, outcome }, moment) =>
    grantEnds(moment, id, outcome === 'keep' ? 'was reviewed and goes on' : 'was reviewed and ended'),
  'governance.outsiders-ended': ({ employer, at }, { state }) =>
    `All access of ${employer === null ? 'outsiders' : organisationInWords(state, employer)} ends on ${dayInWords(at)}, in one step.`,
  'governance.break-glass-opened': null,
  'governance.row-opened': null,
  'governance.opening-reviewed': null,
  'governance.switched-on': ({ scope }, { state }) =>
    `${scopeInWords(scope)} was switched on until ${dayInWords(state.switchedOn.get(scope)!.until)}, when the first of its papers runs out.`,
  'governance.switched-off': ({ scope, at }) => `${scopeInWords(scope)} is switched off on ${dayInWords(at)}.`,
  'governance.disclosure-compelled': (event, { state, plain }) =>
    `A disclosure that the law compelled was recorded: ${listed(event.objects)} to ${organisationInWords(state, event.recipient)}, under ${plain(state.instruments.get(event.instrument)?.title ?? event.instrument)}.`,
  'governance.opt-outs-set': ({ stricter, reason }, { plain }) =>
    `${stricter ? 'People who opted out are taken out of more uses than the rule asks for' : 'Opt-outs are kept as the rule asks, no more strictly'}: ${plain(reason)}`,
  'governance.erasure-ordered': null,
  'governance.erasure-approved': null,
  'governance.hold-placed': null,
  'governance.hold-lifted': null,
  'governance.model-proposed': null,
  'governance.model-approved': null,
  'governance.approval-reviewed': ({ outcome }) =>
    `An approval whose approver then joined the recipient was looked at again: ${outcome}.`,
}

function grantEnds({ state, plain }: Moment, id: string, how: string): string | null {
  const grant = state.grants.get(id)
  if (!grant) return null
  const purpose = plain(state.purposes.get(grant.purpose)?.name ?? grant.purpose)
  return `A grant ${how}: ${holderInWords(state, grant)}, on ${grant.object} (${levelInWords[grant.level]}) for “${purpose}”.`
}

export function scopeInWords(scope: string): string {
  return scope === 'tenant' ? 'The tenant' : `The product ${scope.slice('product:'.length)}`
}

/** A public change as a sentence; null where it is none. An event that had no effect is told as such. */
export function changeInWords(event: GovernanceEvent, moment: Moment): string | null {
  const words = sentences[event.type] as Words<EventType> | null
  const rejected = moment.state.rejected.length > moment.before.rejected.length ? moment.state.rejected.at(-1) : null
  if (rejected) return `An entry to ${definitionOf(event.type).what} had no effect: ${rejected.why}.`
  return words ? words(event as never, moment) : null
}
