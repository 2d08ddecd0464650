import { defineErrors } from '#kernel'

export const outboundErrors = defineErrors({
  FDP_OUTBOUND_DECLARATION: {
    status: 400,
    message: 'the queue `{queue}` is not declared right at `{where}`: {what}',
    help: 'mend its file in the folder `outbound` of the tenant; docs/reference/outbound.md says what each line means',
  },
  FDP_OUTBOUND_MAP: {
    status: 400,
    message: 'the message map `{map}` is not right at `{where}`: {what}',
    help: 'compare it with those in mappings/hl7v2/outbound; spec/outbound.md says what a map may hold',
  },
  FDP_OUTBOUND_UNKNOWN: {
    status: 404,
    message: 'there is no queue `{queue}` here',
    help: 'run `./fdp outbound list`; the queues are: {known}',
  },
  FDP_OUTBOUND_NOT_YOURS: {
    status: 403,
    message: 'the queue `{queue}` is not yours to run or to decide about',
    help: 'act for the purpose that its declaration names, with a grant for it to read `{object}` at identifiable level',
  },
  FDP_OUTBOUND_NO_MESSAGE: {
    status: 404,
    message: 'no message `{message}` waits in the queue `{queue}` for what you asked',
    help: 'run `./fdp outbound queue {queue}`; only what waits can be dropped, and only what was put aside be put back',
  },
  FDP_OUTBOUND_REASON: {
    status: 400,
    message: 'a message is dropped for a reason, of at most {charactersMax} characters',
    help: 'add `--reason "…"`; it is kept in the erasable part of the entry',
  },
  FDP_OUTBOUND_NOT_DECLARED: {
    status: 409,
    message: 'the declaration says no longer what is sent for `{action}`',
    help: 'declare it again, or drop the message',
  },
  FDP_OUTBOUND_NO_RECORD: {
    status: 404,
    message: 'the record is not there for whom the queue acts for',
    help: 'see who may read it: the patient may have opted out, or the grant may not reach the row; then put the message back, or drop it',
  },
  FDP_OUTBOUND_TWO_RECORDS: {
    status: 409,
    message: 'more than one record fits what the message says, and none is chosen by chance',
    help: 'find out why the patient has two records of one organisation; then put the message back, or drop it',
  },
  FDP_OUTBOUND_INCOMPLETE: {
    status: 422,
    message: 'the record says nothing for {place}, which the map requires',
    help: 'complete the record at its source, then put the message back; or drop it, and tell the other system by hand',
  },
  FDP_OUTBOUND_TOO_OLD: {
    status: 410,
    message: 'the edit is settled or taken back for more than two days, and the record as it was then is not kept',
    help: 'see whether the other system has it; then drop the message',
  },
  FDP_OUTBOUND_REFUSED: {
    status: 409,
    message: 'the other system refused the message with `{code}`',
    help: 'have it looked up there by its number (MSH-10); put it back once the cause is gone, or drop it',
  },
})
