import { defineErrors } from '#kernel'

export const vaultError = defineErrors({
  FDP_VAULT_NAME: {
    status: 400,
    message: 'a {what} was given a name that the vault cannot keep',
    help: 'tables and columns are letters, digits and underscores, each once; controllers are ODS codes',
  },
  FDP_VAULT_VERSION_UNKNOWN: {
    status: 404,
    message: 'the vault has no version with that manifest hash',
    help: 'run `./fdp doctor`; restore the vault with `./fdp restore` if the ledger names this version',
  },
  FDP_VAULT_TAMPERED: {
    status: 500,
    message: 'the {what} `{id}` of the vault is not what was sealed, or its key is gone',
    help: 'run `./fdp doctor` to list every segment that does not open, then `./fdp restore`',
  },
  FDP_VAULT_BLOCK: {
    status: 500,
    message: 'block {block} cannot go into the vault: {reason}',
    help: 'give up to 65,536 rows a block and one JSON array of texts or nulls, as long as the block, for each column',
  },
  FDP_VAULT_LEASE_CLOSED: {
    status: 500,
    message: 'the lease on the vault was closed, so no further block is opened',
    help: 'open a new session',
  },
  FDP_VAULT_LEASE_LOG: {
    status: 503,
    message: 'the record of leases cannot be written, so no block is opened',
    help: 'free disk space and look at the permissions of the vault folder, then repeat',
  },
  FDP_VAULT_LEASES_DAMAGED: {
    status: 500,
    message: 'line {line} of the record of leases is not a lease',
    help: 'compare the file with the backup; every lease has a ledger entry of the same number',
  },
})
