import { defineErrors } from '#kernel'

export const gateErrors = defineErrors({
  FDP_GATE_NOT_AVAILABLE: {
    status: 404,
    message: 'there is nothing by that name that you can read for this purpose now',
    help: 'run `./fdp access explain` to see what is missing, or ask for a grant',
  },
  FDP_GATE_VERSION_PURGED: {
    status: 409,
    message: 'the data of that moment are not to be had any more; entry {entry} of the ledger says why',
    help: 'ask for the data as they are now; a list that was begun before begins again',
  },
  FDP_GATE_DATA_LOST: {
    status: 409,
    message:
      'rows of `{object}`, or what says who may not be in them, were lost when the tenant was restored; entry {entry} of the ledger says so',
    help: 'ask whoever runs the tenant to load the data again, lists of people who said no and patients first',
  },
  FDP_GATE_JUSTIFICATION: {
    status: 400,
    message: 'the purpose `{purpose}` asks for a reason in your own words, {charactersMax} characters at most',
    help: 'add `--because "…"`; leave out names and numbers of patients',
  },
  FDP_GATE_CONFLICT: {
    status: 409,
    message: 'another edit is in the way: {what}',
    help: 'read the record again, and edit it as it is now or once its source has caught up',
  },
  FDP_GATE_NO_UNDO: {
    status: 400,
    message: 'the action does not say that it can be undone',
    help: 'withdraw the edit instead, with a reason: `./fdp edits withdraw <edit>`',
  },
  FDP_GATE_EDIT_REASON: {
    status: 400,
    message: 'a decision about an edit has a reason in your own words, {charactersMax} characters at most',
    help: 'add `--because "…"`; leave out names and numbers of patients',
  },
  FDP_GATE_EDITS_FULL: {
    status: 503,
    message: 'more edits of `{object}` wait for their source than may',
    help: 'run `./fdp edits list`, and have the source system catch up',
  },
  FDP_GATE_BEFORE_LEDGER: {
    status: 422,
    message: 'the ledger of this tenant begins after that moment',
    help: 'ask for a later one: what was known before is not here',
  },
  FDP_GATE_CLOSED: {
    status: 409,
    message: 'the session is closed',
    help: 'open a new one with `./fdp login`',
  },
})
