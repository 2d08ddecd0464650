import { defineErrors } from '#kernel'

export const staffErrors = defineErrors({
  FDP_STAFF_FILE: {
    status: 400,
    message: 'the file cannot be read as a list: {why}',
    help: 'give UTF-8 text, separated by commas, one line a person and role; docs/how-to/keep-the-staff-register.md',
  },
  FDP_STAFF_COLUMN: {
    status: 400,
    message: 'the first line has no column `{column}`, or one twice, or one that is not known',
    help: 'name the columns as docs/how-to/keep-the-staff-register.md lists them',
  },
  FDP_STAFF_VALUE: {
    status: 422,
    message: 'line {line}: `{column}` is not {shape}',
    help: 'correct the line; nothing of the file was written',
  },
  FDP_STAFF_TWICE: {
    status: 422,
    message: 'line {line}: this person is on line {first} too, with another `{column}`',
    help: 'repeat a person only to name another team, with the rest the same',
  },
  FDP_STAFF_KIND: {
    status: 422,
    message: 'the controller’s own staff are employed by the controller, and nobody else is',
    help: 'name the employer, or say care-partner, processor-staff or other',
  },
  FDP_STAFF_MANAGER: {
    status: 422,
    message: 'the manager named is neither in the register nor in what was sent',
    help: 'send the manager too, or leave the manager out',
  },
  FDP_STAFF_SIGNER: {
    status: 422,
    message: 'whoever signs is missing from the file, and would leave by it',
    help: 'add them, or have another registrar load it',
  },
  FDP_STAFF_TOO_MANY_LEAVE: {
    status: 409,
    message: '{leaving} of {people} people would leave by this file, more than one in five',
    help: 'check that it is the whole list; if so, add `--all`',
  },
  FDP_STAFF_REFUSED: {
    status: 422,
    message: '{refused} of the lines or changes cannot be signed; nothing was written',
    help: 'correct what is listed, or have an approving officer load the file, then try again',
  },
  FDP_STAFF_KEEPER: {
    status: 403,
    message: 'the register of people is kept by its registrar and officers, for the purpose `staff-register`',
    help: 'have an officer give the service the duty `registrar`, and ask for a token with `purpose:staff-register`',
  },
  FDP_STAFF_SCIM_VALUE: {
    status: 400,
    message: '`{attribute}` is missing, or not {shape}',
    help: 'send it as docs/how-to/keep-the-staff-register.md says',
  },
  FDP_STAFF_SCIM_PATH: {
    status: 400,
    message: 'an operation on this path is not supported',
    help: 'look at docs/how-to/keep-the-staff-register.md for the attributes that a register takes',
  },
  FDP_STAFF_SCIM_FILTER: {
    status: 400,
    message: 'only `userName`, `id` and `displayName` can be asked for, with `eq`',
    help: 'write `filter=userName eq "somebody@example"`',
  },
  FDP_STAFF_SCIM_UNIQUE: {
    status: 409,
    message: 'the register has that id already, perhaps of somebody who left',
    help: 'find it with a filter and change it with PUT or PATCH',
  },
  FDP_STAFF_SCIM_NONE: {
    status: 404,
    message: 'the register has nothing of that id',
    help: 'look for it with a filter',
  },
})
