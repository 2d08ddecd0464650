import { defineErrors } from '#kernel'

/** What can go wrong with a submission that a person can do something about. No value of a row is ever a parameter. */
export const fail = defineErrors({
  FDP_FLOWS_NOT_ALLOWED: {
    status: 403,
    message: 'this submission is not available to you for this purpose',
    help: 'ask the organisation that controls these data; `./fdp access explain` says what is missing',
  },
  FDP_FLOWS_UNKNOWN_OBJECT: {
    status: 400,
    message: 'there is no object type called `{object}` to submit',
    help: 'list the object types with `./fdp contract list`',
  },
  FDP_FLOWS_MADE_BY_MODEL: {
    status: 400,
    message: 'rows of `{object}` are made by a model and come in no other way, and a model makes no others',
    help: 'build it with `./fdp model build`; submit the object types that it reads',
  },
  FDP_FLOWS_GP_DATA: {
    status: 403,
    message: 'data from a GP record system cannot come in here',
    help: 'a national tenant never takes them; another one only under an agreement in force between it and the practice',
  },
  FDP_FLOWS_CONTROLLER_NOT_HERE: {
    status: 403,
    message: 'this tenant holds no data that `{controller}` controls',
    help: 'submit at the tenant of `{controller}`, or register the organisation there first',
  },
  FDP_FLOWS_EVENTS: {
    status: 400,
    message: '`{object}` does not come as events',
    help: 'submit a whole snapshot; patients, lists of people who said no, and types whose submissions stand for a day or a publication are told whole',
  },
  FDP_FLOWS_MODE: {
    status: 400,
    message: 'a submission of mode `{mode}` is not known',
    help: 'submit a whole snapshot, or events of a day (`--events`)',
  },
  FDP_FLOWS_MAPPING_UNKNOWN: {
    status: 500,
    message: 'submission {submission} was received for mapping `{mapping}`, which this program does not have',
    help: 'start the release that has the mapping, so that the submission can be finished',
  },
  FDP_FLOWS_FORMAT_UNKNOWN: {
    status: 400,
    message: 'this program reads no files of the format that was named',
    help: 'name one of: {known}; a submission that waits for another needs the release that received it',
  },
  FDP_FLOWS_NO_PARTS: {
    status: 400,
    message: 'a file of this format has no parts to choose from',
    help: 'leave `--part` out, or name the format that the file has',
  },
  FDP_FLOWS_KEY_COLLISION: {
    status: 500,
    message: 'two different identifiers of `{object}` have the same record key, so nothing was published',
    help: 'keep the ledger entry of the refusal and report it: record keys have to be made wider',
  },
  FDP_FLOWS_MAPPING_OBJECT: {
    status: 400,
    message: 'this mapping makes `{object}`, and the submission is of another object type',
    help: 'submit it as `{object}`, or name another mapping',
  },
  FDP_FLOWS_MAPPING_FAILED: {
    status: 400,
    message: 'the mapping `{mapping}` does not fit the columns of this file',
    help: 'compare the header of the file with the columns that the mapping reads',
  },
  FDP_FLOWS_STORE_FAILED: {
    status: 503,
    message: 'the {store} could not keep its part at step `{step}`; nothing was published',
    help: 'free disk space (`./fdp doctor`), then submit the same file again',
  },
  FDP_FLOWS_NOT_FOUND: {
    status: 404,
    message: 'there is no such submission',
    help: 'list submissions with `./fdp flow list`',
  },
  FDP_FLOWS_NO_PERSON: {
    status: 404,
    message: 'there is no person with that local identifier to act on',
    help: 'check controller and local identifier; a patient must have been published first',
  },
  FDP_FLOWS_NOT_DECIDED: {
    status: 403,
    message: 'values in quarantine are shown only under a read that the ledger holds',
    help: 'open a session for a purpose at identifiable level, then ask again',
  },
  FDP_FLOWS_QUEUE_FULL: {
    status: 429,
    message: 'too many submissions are waiting at this tenant ({waiting})',
    help: 'wait until one has finished, then submit again',
  },
})
