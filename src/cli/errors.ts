import { defineErrors, type FdpError } from '#kernel'

export const cliErrors = defineErrors({
  FDP_CLI_NO_CONTEXT: {
    status: 401,
    message: 'this command acts as someone, for something, at a tenant, and `{missing}` is not said',
    help: 'run `./fdp login --tenant national --as nadia.holt@national.example --purpose official-statistics` with a tenant and a person of yours, or add the options to the command; `./fdp tenant list` and `./fdp access officers` name them',
  },
  FDP_CLI_USAGE: {
    status: 400,
    message: '{what}',
    help: 'run `{help}` for the options and an example',
  },
  FDP_CLI_NO_EDIT: {
    status: 404,
    message: 'there is no open edit by that number of a row that you may see',
    help: 'run `./fdp edits list` for the ones there are',
  },
  FDP_CLI_NO_ACTION: {
    status: 404,
    message: 'there is no action by that name that you may take on that record now',
    help: 'run `./fdp action list` for the ones that you may take, with what each asks for',
  },
  FDP_CLI_NO_FILE: {
    status: 404,
    message: 'there is no readable file `{file}`',
    help: 'check the path; it is taken from the folder you are in',
  },
  FDP_CLI_TO_COMPLETE: {
    status: 400,
    message: '`{file}` is not completed: see lines {lines}',
    help: 'write what is true in place of each text that begins with `TO COMPLETE`, then run the same command again; nothing was signed',
  },
  FDP_CLI_NODE_RUNS: {
    status: 409,
    message: 'a node runs on this home folder, and would not see a tenant that is made now',
    help: 'stop it (ctrl-c where `npm start` runs), and run the same command again',
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
  FDP_CLI_REPLAY: {
    status: 422,
    message: '{findings} things in the ledger or beside it should not be as they are',
    help: 'look at each with `./fdp ledger show <entry>`; a read that its grant did not allow is a breach: `./fdp incident open`',
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
  FDP_CLI_FHIR_CASES: {
    status: 422,
    message: '{failed} cases of the suite fail',
    help: 'the lines above name them; `--report` writes all results to a file',
  },
  FDP_CLI_MAPPING_TESTS: {
    status: 422,
    message: '{failed} tests of mappings fail',
    help: 'the lines above say what came and what is expected',
  },
  FDP_CLI_NOT_MADE_UP: {
    status: 403,
    message: 'this file belongs to a node: a mapping is tried on made-up rows',
    help: 'write a few rows yourself, or take `./fdp engineer sample`; a landed file goes through `./fdp flow submit`',
  },
  FDP_CLI_DOCTOR: {
    status: 503,
    message: 'the doctor found {bad} things that are not as they must be',
    help: 'mend what the lines above call bad, then run `./fdp doctor` again',
  },
  FDP_CLI_BUSY: {
    status: 409,
    message: 'another process (pid {pid}) holds this home folder and takes no commands',
    help: 'if it is another command, run yours again when it has ended; if it hangs, look at it with `ps {pid}` and stop it with `kill {pid}`: nothing that was acknowledged is lost',
  },
  FDP_CLI_HOME_TOO_LONG: {
    status: 400,
    message: 'the path of the home folder is too long for a socket in it ({bytes} bytes, at most {bytesMax})',
    help: 'set FDP_HOME to a folder with a shorter path',
  },
  FDP_CLI_CONTEXT_DAMAGED: {
    status: 500,
    message: 'what `./fdp login` wrote down cannot be read',
    help: 'run `./fdp logout`, then `./fdp login` again',
  },
  FDP_CLI_STOPPED: {
    status: 499,
    message: 'stopped, because nobody reads the answer any more',
    help: 'run the command again; whatever was acknowledged is kept',
  },
  FDP_CLI_FAULT: {
    status: 500,
    message: 'a fault in this program ({kind})',
    help: 'run it again with FDP_DEBUG=1 to see the place in the code, and report that; nothing that was acknowledged is lost',
  },
  FDP_CLI_NODE_GONE: {
    status: 503,
    message: 'the running node stopped in the middle of the command',
    help: 'run the command again; whatever was acknowledged is kept',
  },
})

/** Wrong usage of a command, named without `./fdp`; empty for the program itself. */
export function usage(what: string, command: string): FdpError {
  return cliErrors('FDP_CLI_USAGE', {
    what,
    help: ['./fdp', command, '--help'].filter((part) => part !== '').join(' '),
  })
}
