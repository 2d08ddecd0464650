import { defineErrors } from '#kernel'

export const cliErrors = defineErrors({
  FDP_CLI_NO_CONTEXT: {
    status: 401,
    message: 'this command acts as someone, for something, at a tenant, and `{missing}` is not said',
    help: 'run `./fdp login --tenant national --as nadia.holt@national.example --purpose official-statistics`, or add the options to the command',
  },
  FDP_CLI_USAGE: {
    status: 400,
    message: '{what}',
    help: 'run `./fdp {command} --help`',
  },
  FDP_CLI_NO_FILE: {
    status: 404,
    message: 'there is no readable file `{file}`',
    help: 'check the path; it is taken from the folder you are in',
  },
  FDP_CLI_REFUSED: {
    status: 422,
    message: 'the file was refused whole; entry {entry} of the ledger says why',
    help: 'mend what the lines above name and send the file again; nothing of it was published',
  },
  FDP_CLI_OFFICIAL: {
    status: 422,
    message: 'the published file breaks rules that refuse it: {rules}',
    help: 'compare the file with the one published; nothing of it was taken in',
  },
  FDP_CLI_NOT_SYNTHETIC: {
    status: 403,
    message: 'the tenant `{tenant}` holds data of real people; made-up people do not go in there',
    help: 'use a tenant that was made as synthetic',
  },
  FDP_CLI_LEDGER_BAD: {
    status: 422,
    message: 'the ledger does not hold: {findings} findings',
    help: 'keep the files as they are, compare with a backup and with the checkpoints that witnesses hold',
  },
  FDP_CLI_DIFFERS: {
    status: 409,
    message: '{cells} cells differ',
    help: 'the lines above name the first of them; a difference is a pathway lost, added or counted elsewhere',
  },
  FDP_CLI_NODE_GONE: {
    status: 503,
    message: 'the running node stopped in the middle of the command',
    help: 'run the command again; whatever was acknowledged is kept',
  },
})
