import { defineErrors } from '#kernel'

export const ledgerErrors = defineErrors({
  FDP_LEDGER_UNAVAILABLE: {
    status: 503,
    message: 'the ledger is closed, or has stopped because it could not store an entry',
    help: 'free disk space or mend the disk, then start the node again; `./fdp ledger verify` shows what is stored',
  },
  FDP_LEDGER_BUSY: {
    status: 503,
    message: 'more than {waiting} entries are waiting for the ledger',
    help: 'try again in a moment; if it lasts, `./fdp doctor` shows how long a disk flush takes',
  },
  FDP_LEDGER_CLOCK_BACK: {
    status: 503,
    message: 'the clock is {behindMs} ms behind the last ledger entry',
    help: 'set the clock of this machine, then try again',
  },
  FDP_LEDGER_ENTRY_TOO_LARGE: {
    status: 413,
    message: 'the {part} part of a ledger entry has {bytes} bytes, more than {bytesMax}',
    help: 'ask for less at once',
  },
  FDP_LEDGER_TOO_MANY_PERSONS: {
    status: 413,
    message: 'an entry names {persons} persons, more than {personsMax}',
    help: 'record the query and the versions it read instead of the persons',
  },
  FDP_LEDGER_RESERVED_TYPE: {
    status: 400,
    message: 'entries of type `{type}` are written by the ledger alone',
    help: 'use a type of your own module, such as `governance.grant-approved`',
  },
  FDP_LEDGER_NO_ENTRY: {
    status: 404,
    message: 'the ledger has no entry {index}',
    help: '`./fdp ledger show --last 1` shows the last one',
  },
  FDP_LEDGER_NO_DETAIL: {
    status: 409,
    message: 'entry {index} has no detail that could be erased',
    help: '`./fdp ledger show {index}` says whether it was erased before',
  },
  FDP_LEDGER_BAD_RANGE: {
    status: 400,
    message: 'no proof from {from} to {to} in a ledger of {size} entries',
    help: 'ask for sizes and positions up to the current size',
  },
  FDP_LEDGER_EMPTY: {
    status: 500,
    message: 'the ledger of this tenant is gone',
    help: 'bring its folder back with `./fdp restore`; a new log would hide every earlier entry',
  },
  FDP_LEDGER_DAMAGED: {
    status: 500,
    message: 'the ledger file `{file}` is damaged: {what}',
    help: 'run `./fdp ledger verify` for the whole list, then `./fdp restore`',
  },
  FDP_LEDGER_BAD_NOTE: {
    status: 400,
    message: 'a signed note is not valid: {what}',
    help: 'take the checkpoint again from its origin',
  },
  FDP_LEDGER_BAD_VKEY: {
    status: 400,
    message: 'a verifier key is not valid: {what}',
    help: 'a key reads `name+hash+base64`; `./fdp ledger key` prints it',
  },
  FDP_LEDGER_UNKNOWN_WITNESS: {
    status: 400,
    message: 'a cosignature by `{name}` fits no known witness and recent checkpoint',
    help: 'name the verifier key of the witness in the configuration, and cosign the current checkpoint',
  },
  FDP_LEDGER_BAD_PROOF: {
    status: 400,
    message: 'a proof does not hold: {what}',
    help: 'take the proof again; if it fails again, the log shows different histories to different readers',
  },
  FDP_LEDGER_WITNESS_CONFLICT: {
    status: 409,
    message: 'the checkpoint of `{origin}` does not continue the tree of {known} entries seen before: {what}',
    help: 'do not use this ledger before `./fdp ledger verify` and its owner have explained the difference',
  },
})
