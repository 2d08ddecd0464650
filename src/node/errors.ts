import { defineErrors } from '#kernel'

export const nodeErrors = defineErrors({
  FDP_NODE_CONFIG: {
    status: 400,
    message: 'the configuration file is not right at `{where}`: {what}',
    help: 'mend `fdp.yaml` in the home folder; docs/reference/configuration.md lists every setting',
  },
  FDP_NODE_NO_HOME: {
    status: 404,
    message: 'there is no tenant in the home folder',
    help: 'run `npm start -- --once` to make the synthetic economy, or `./fdp restore` to bring a backup back',
  },
  FDP_NODE_NO_TENANT: {
    status: 404,
    message: 'there is no tenant `{tenant}` here',
    help: 'run `./fdp tenant list`; the tenants are: {known}',
  },
  FDP_NODE_TENANT_EXISTS: {
    status: 409,
    message: 'the tenant `{tenant}` is there already',
    help: 'choose another id, or another FDP_HOME',
  },
  FDP_NODE_BEHIND: {
    status: 503,
    message:
      'the ledger of `{tenant}` ends at entry {size}, but witness `{witness}` has seen {seen}: reads are refused',
    help: 'restore a later backup, or sign a recovery with `./fdp tenant recover --reason "…"` so that the loss is on record',
  },
  FDP_NODE_RESTORED: {
    status: 503,
    message: 'the tenant `{tenant}` was restored and no witness could be asked: reads are refused',
    help: 'start the witnesses, or sign a recovery with `./fdp tenant recover --reason "…"`',
  },
  FDP_NODE_BACKUP_DAMAGED: {
    status: 422,
    message: 'the backup does not agree with itself: {what}',
    help: 'use another copy; nothing was changed here',
  },
  FDP_NODE_NOT_OFFICER: {
    status: 403,
    message: '`{by}` is no officer of the controller of this tenant',
    help: 'have an information asset owner or the Caldicott Guardian do it; `./fdp access officers` lists them',
  },
  FDP_NODE_FOLDER_NOT_EMPTY: {
    status: 409,
    message: 'the folder to write to is not empty',
    help: 'name an empty or a new folder',
  },
})
