import { defineErrors } from '#kernel'

export const auditErrors = defineErrors({
  FDP_AUDIT_LINEAGE_NONE: {
    status: 404,
    message: 'nothing that you may see here is named so',
    help: 'ask for the whole without a name, and choose an object type, a column or a metric of it',
  },
  FDP_AUDIT_EVENT_UNKNOWN: {
    status: 500,
    message: 'entry {index} holds an event of an audit that this release does not know: `{type}`',
    help: 'start the release that wrote it, or a later one',
  },
  FDP_AUDIT_EVENT_INVALID: {
    status: 422,
    message: 'an event `{type}` is not as its schema wants it at `{where}`',
    help: 'compare it with spec/audit.md',
  },
  FDP_AUDIT_NOT_ENTITLED: {
    status: 403,
    message: '`{by}` may not sign `{type}`: {why}',
    help: 'have somebody with the duty do it; `./fdp access officers` lists them',
  },
  FDP_AUDIT_POLICY_TEXT: {
    status: 500,
    message: 'the policies `{sha256}` that entry {index} records are not the text of that hash',
    help: 'run `./fdp ledger verify`; a text that does not fit its hash decides nothing',
  },
  FDP_AUDIT_NO_PATIENT: {
    status: 404,
    message: 'no patient here, or more than one, is named so',
    help: 'name the patient by the controller and its own id, or by a verified NHS number',
  },
  FDP_AUDIT_PURPOSE: {
    status: 403,
    message: 'a person is looked up for individual care or to answer their rights, not for `{purpose}`',
    help: 'use a purpose of class individual-care, or the purpose `rights-handling`',
  },
  FDP_AUDIT_ASSURANCE: {
    status: 403,
    message: 'a report about a person needs identity proved at level {needed}; this is {found}',
    help: 'have the person sign in at the high level, or prove who they are at a desk',
  },
  FDP_AUDIT_NO_PROXY: {
    status: 403,
    message: 'nobody is on record under `{proxy}` who may act for this person now',
    help: 'record the authority with `./fdp rights proxy`',
  },
  FDP_AUDIT_BAD_REPORT: {
    status: 422,
    message: 'the report does not hold: {what}',
    help: 'ask the organisation that gave it for a new one, and keep this one',
  },
  FDP_AUDIT_DAY_NOT_OVER: {
    status: 409,
    message: 'the day is not over, or nothing came after it: whoever draws would choose the moment',
    help: 'draw on the day after, once the ledger holds an entry of it',
  },
  FDP_AUDIT_NO_SAMPLE: {
    status: 404,
    message: 'the sample `{sample}` does not hold that entry to review',
    help: 'run `./fdp audit samples`; each entry is reviewed once',
  },
  FDP_AUDIT_OWN_LINE: {
    status: 403,
    message: '`{by}` read it, or is in line with whoever did',
    help: 'have somebody else review it, who neither reports to the reader nor leads them',
  },
  FDP_AUDIT_NO_ALERT: {
    status: 404,
    message: 'there is no such alert to acknowledge, or it is about whoever acknowledges it',
    help: 'run `./fdp audit alerts`; somebody else looks into it',
  },
  FDP_AUDIT_NO_CASE: {
    status: 404,
    message: 'there is no open case `{id}`',
    help: 'run `./fdp incident list` or `./fdp rights list`',
  },
  FDP_AUDIT_CASE_EXISTS: {
    status: 409,
    message: 'the id `{id}` was used before',
    help: 'choose another id; each case keeps its own',
  },
  FDP_AUDIT_LATE: {
    status: 422,
    message: 'it is more than 72 hours after the controller became aware',
    help: 'give the reasons for the delay with `--late-because` (UK GDPR Article 33(1))',
  },
  FDP_AUDIT_EXTENSION: {
    status: 422,
    message: 'the time can be extended once, within the first month',
    help: 'answer it, or answer late and say why (UK GDPR Article 12(3))',
  },
})
