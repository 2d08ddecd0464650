import { defineErrors } from '#kernel'

export const fail = defineErrors({
  FDP_GOVERNANCE_EVENT_UNKNOWN: {
    status: 500,
    message: 'entry {index} of the ledger has the type `{type}`, which this program does not know',
    help: 'start the release that wrote it, or a later one',
  },
  FDP_GOVERNANCE_EVENT_INVALID: {
    status: 422,
    message: 'the event `{type}` is not valid at `{where}`',
    help: 'compare it with spec/governance-events.md',
  },
  FDP_GOVERNANCE_ENTRY_ORDER: {
    status: 500,
    message: 'entry {index} of the ledger does not follow entry {upTo}',
    help: 'run `./fdp ledger verify`',
  },
  FDP_GOVERNANCE_OTHER_TENANT: {
    status: 500,
    message: 'entry {index} opens the tenant `{found}`, but this ledger belongs to `{expected}`',
    help: 'check which folder FDP_HOME names',
  },
  FDP_GOVERNANCE_NOT_ENTITLED: {
    status: 403,
    message: '`{by}` may not {what}: {why}',
    help: 'ask an information asset owner or the Caldicott Guardian of the controller; `./fdp access officers` lists them',
  },
  FDP_GOVERNANCE_ALREADY_THERE: {
    status: 409,
    message: 'the {what} `{id}` is registered already',
    help: 'choose another id; ids of purposes and grants are never used twice',
  },
  FDP_GOVERNANCE_NOT_FOUND: {
    status: 404,
    message: 'there is no {what} `{id}` in the register of this tenant',
    help: 'register it first, or check the spelling',
  },
  FDP_GOVERNANCE_DPIA_ORDER: {
    status: 409,
    message: 'version {version} of the DPIA `{id}` does not follow version {latest}',
    help: 'number versions upwards and let each take effect after the one before it, not in the past',
  },
  FDP_GOVERNANCE_DPIA_INCOMPLETE: {
    status: 422,
    message: 'version {version} of the DPIA `{id}` cannot be approved: {why}',
    help: 'complete the document; spec/governance-events.md lists what it holds and how its hash is made',
  },
  FDP_GOVERNANCE_NOT_NOW: {
    status: 409,
    message: 'nobody can {what} so: {why}',
    help: 'change what is missing, then sign again',
  },
  FDP_GOVERNANCE_GP_NATIONAL: {
    status: 422,
    message: 'the agreement `{id}` would take data from GP record systems to the national tenant',
    help: 'keep it local; no setting changes this',
  },
  FDP_GOVERNANCE_COLUMN_UNKNOWN: {
    status: 422,
    message: '`{object}` has no column `{column}` that can be granted at the level `{level}`',
    help: 'look at `./fdp contract show {object}` for the columns of each level',
  },
  FDP_GOVERNANCE_OBJECT_UNKNOWN: {
    status: 422,
    message: 'there is no contract for the object type `{object}`',
    help: 'look at `./fdp contract list`',
  },
  FDP_GOVERNANCE_GRANT_PERIOD: {
    status: 422,
    message: 'the grant `{id}` ends before it starts, or starts before it is approved',
    help: 'give a start no earlier than now and an end after it',
  },
  FDP_GOVERNANCE_GRANT_REFUSED: {
    status: 403,
    message: 'the grant `{id}` would not permit anything: {reasons}',
    help: 'change the grant, or have a DPIA version approved that contains it',
  },
  FDP_GOVERNANCE_REQUEST_REFUSED: {
    status: 403,
    message: 'the request `{id}` was not approved, and nothing of it: {reasons}',
    help: 'approve some items of it by number, or have it asked for again, narrower',
  },
  FDP_GOVERNANCE_REQUEST_SETTLED: {
    status: 409,
    message: 'no item of the request `{id}` waits for a decision',
    help: 'look at `./fdp access requests`',
  },
  FDP_GOVERNANCE_DISCLOSURE_POLICY_MISSING: {
    status: 422,
    message: 'the grant `{id}` is at aggregate level and names no disclosure policy',
    help: 'name one, for example `sub-national-counts/1`',
  },
  FDP_GOVERNANCE_POLICY_INVALID: {
    status: 500,
    message: 'the access policies do not hold together: {policy}: {problem}',
    help: 'correct the file in policies/ and run `npm test`',
  },
  FDP_GOVERNANCE_TIME_BEHIND: {
    status: 422,
    message: 'the state holds entries up to {last}, later than the moment asked for, {at}',
    help: 'fold the ledger only up to that moment, then ask',
  },
  FDP_GOVERNANCE_CATALOGUE_FORK: {
    status: 500,
    message: 'entry {index} replaces a version of `{object}` that was not the current one',
    help: 'run `./fdp ledger verify`; two processes may have written this tenant',
  },
})
