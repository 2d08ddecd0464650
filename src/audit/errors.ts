import { defineErrors } from '#kernel'

export const auditErrors = defineErrors({
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
})
