import { defineErrors } from '#kernel'

export const lakeError = defineErrors({
  FDP_LAKE_NAME: {
    status: 400,
    message: 'a name that the lake cannot use as a folder was given for the {what}',
    help: 'object types are letters, digits and underscores; controllers are ODS codes',
  },
  FDP_LAKE_VERSION_UNKNOWN: {
    status: 404,
    message: 'the lake has no version with that manifest hash',
    help: 'run `./fdp doctor`; restore the lake with `./fdp restore` if the ledger names this version',
  },
  FDP_LAKE_TAMPERED: {
    status: 500,
    message: 'the {what} `{path}` of the lake is not what was sealed',
    help: 'run `./fdp doctor` to list every file that differs, then `./fdp restore`',
  },
  FDP_LAKE_STAGED: {
    status: 500,
    message: 'the staging folder holds something other than complete Parquet files: {reason}',
    help: 'repeat the submission; nothing was published',
  },
  FDP_LAKE_ROWS: {
    status: 500,
    message: 'the staged files hold {found} rows where {expected} were to be sealed',
    help: 'repeat the submission; nothing was published',
  },
  FDP_LAKE_LEASE_LOG: {
    status: 503,
    message: 'the record of leases cannot be written, so no file is handed out',
    help: 'free disk space and look at the permissions of the lake folder, then repeat',
  },
  FDP_LAKE_LEASES_DAMAGED: {
    status: 500,
    message: 'line {line} of the record of leases is not a lease',
    help: 'compare the file with the backup; every lease has a ledger entry of the same number',
  },
})
