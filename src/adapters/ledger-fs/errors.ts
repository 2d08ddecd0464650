import { defineErrors } from '#kernel'

export const ledgerFsErrors = defineErrors({
  FDP_LEDGER_LOCKED: {
    status: 409,
    message: 'another process (pid {pid}) is writing this ledger',
    help: 'use the running node, or stop it first',
  },
  FDP_LEDGER_LOCKED_ELSEWHERE: {
    status: 409,
    message: 'this ledger was left open on another machine, `{host}`',
    help: 'make sure that no node runs there, then remove the file `{file}` from the ledger folder',
  },
})
