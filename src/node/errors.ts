import { defineErrors } from '#kernel'

export const nodeErrors = defineErrors({
  FDP_NODE_CONFIG: {
    status: 400,
    message: 'the configuration file is not right at `{where}`: {what}',
    help: 'mend `fdp.yaml` in the home folder; docs/reference/configuration.md lists every setting',
  },
  FDP_NODE_NO_HOME: {
    status: 404,
    message: 'there is no tenant in the home folder `{home}`',
    help: 'set FDP_HOME if it is another folder; run `./fdp tenant init --help` to begin with a tenant of your own, `npm start -- --once` to make the synthetic economy, or `./fdp restore` to bring a backup back',
  },
  FDP_NODE_NO_TENANT: {
    status: 404,
    message: 'there is no tenant `{tenant}` here',
    help: 'run `./fdp tenant list`; the tenants are: {known}',
  },
  FDP_NODE_CONNECTION: {
    status: 400,
    message: 'the connection `{connection}` is not declared right at `{where}`: {what}',
    help: 'mend its file in the folder `connections` of the tenant; docs/reference/connections.md says what each line means',
  },
  FDP_NODE_NO_CONNECTION: {
    status: 404,
    message: 'no connection `{connection}` is declared here',
    help: 'put a file of that name, ending in `.yaml`, into the folder `connections` of the tenant; there are: {known}',
  },
  FDP_NODE_ALERTS: {
    status: 400,
    message: 'the file `alerts.yaml` of a tenant is not right at `{where}`',
    help: 'it has `tell`, a list of names of connections, and `from`, `watch` or `act`; docs/how-to/be-told-when-data-are-late.md shows one',
  },
  FDP_NODE_NOT_TOLD: {
    status: 400,
    message: 'nobody can be told by the connection `{connection}`',
    help: 'name one of the kinds webhook and email in `alerts.yaml`',
  },
  FDP_NODE_ENDING: {
    status: 503,
    message: 'the node is about to end',
    help: 'ask again once it runs; what was not finished is looked for again then',
  },
  FDP_NODE_TENANT_EXISTS: {
    status: 409,
    message: 'the tenant `{tenant}` is there already',
    help: 'choose another id, or another FDP_HOME',
  },
  FDP_NODE_TLS: {
    status: 400,
    message: 'certificate and key cannot serve: {what}',
    help: 'mend `http.tls` in `fdp.yaml`, or the files that `./fdp tenant init` was given: PEM, the certificate first, the key of mode 0600',
  },
  FDP_NODE_SETTINGS_DIFFER: {
    status: 409,
    message: 'there is a `fdp.yaml` in the home folder already, and it says otherwise at `{where}`',
    help: 'change that setting in the file by hand, or leave the option out; a file that is there is never written over',
  },
  FDP_NODE_OTHER_HOME: {
    status: 409,
    message: 'this home folder holds people who do not exist: no tenant of real people is made beside them',
    help: 'set FDP_HOME to a new folder and run the same command again',
  },
  FDP_NODE_COPY_PLACE: {
    status: 400,
    message: 'the copy of {what} would stand in the home folder, and be lost with it',
    help: 'name a folder outside of it, best on another disk',
  },
  FDP_NODE_BEHIND: {
    status: 503,
    message:
      'the ledger of `{tenant}` ends at entry {size}, but witness `{witness}` has seen {seen}: reads are refused',
    help: 'restore a later backup, or sign a recovery with `./fdp tenant recover --reason "…"` so that the loss is on record',
  },
  FDP_NODE_CLOCK: {
    status: 503,
    message: 'the clock of `{tenant}` is {seconds} seconds apart from that of witness `{witness}`: reads are refused',
    help: 'put the clock right (and look at that of the witness), then start the node again',
  },
  FDP_NODE_FORKED: {
    status: 503,
    message:
      'the ledger of `{tenant}` does not continue the {seen} entries that witness `{witness}` has seen: reads are refused',
    help: 'restore a backup that holds what the witness saw, or sign a recovery with `./fdp tenant recover --reason "…"`',
  },
  FDP_NODE_RESTORED: {
    status: 503,
    message: 'the tenant `{tenant}` was restored and no witness could be asked: reads are refused',
    help: 'put the other tenants back into the home folder, or sign a recovery with `./fdp tenant recover --reason "…"`',
  },
  FDP_NODE_BACKUP_DAMAGED: {
    status: 422,
    message: 'the backup does not agree with itself: {what}',
    help: 'use another copy; nothing was changed here',
  },
  FDP_NODE_BACKUP_DISAGREES: {
    status: 422,
    message: 'ledger, lake and vault do not agree, so this is no backup: {what}',
    help: 'run `./fdp doctor`; keep the folder as it is and restore from an earlier backup',
  },
  FDP_NODE_BACKUP_KEYS_INSIDE: {
    status: 409,
    message: 'the keys of a backup cannot lie in it, nor it in their folder',
    help: 'name another folder with `--keys`, at best on another medium: whoever has both can open the backup',
  },
  FDP_NODE_BACKUP_KEYS_MISSING: {
    status: 409,
    message: 'the folder of keys has no `{file}`',
    help: 'name the folder that the last `./fdp backup` wrote the keys to, with the name of the tenant at its end',
  },
  FDP_NODE_BACKUP_KEYS_DAMAGED: {
    status: 422,
    message: 'the keys of backups cannot be read',
    help: 'use another copy of the folder of keys, or make a new backup with `./fdp backup`',
  },
  FDP_NODE_BACKUP_KEYS_OTHER: {
    status: 409,
    message: 'the folder of keys holds those of another tenant',
    help: 'name another folder with `--keys`; nothing was written over',
  },
  FDP_NODE_BACKUP_KEYS_OLDER: {
    status: 409,
    message: 'the keys are older than the backup: they are of {kept} entries of the ledger, the backup has {entries}',
    help: 'use the keys that this backup wrote, or a later one',
  },
  FDP_NODE_BACKUP_IN_PART: {
    status: 409,
    message: 'the backup is not whole any more, as keys of it were destroyed: {what}',
    help: 'restore a backup made later; if there is none, `--in-part` restores what is left, and what is lost has to be loaded again',
  },
  FDP_NODE_PROFILE: {
    status: 500,
    message: 'the file `tenant.json` in the folder `{folder}` cannot be read',
    help: 'restore the tenant with `./fdp restore`; nothing else of it was touched',
  },
  FDP_NODE_NOT_OFFICER: {
    status: 403,
    message: '`{by}` is no officer of the controller of this tenant',
    help: 'have an information asset owner or the Caldicott Guardian do it; `./fdp access officers` lists them',
  },
  FDP_NODE_NO_SUBMISSION: {
    status: 404,
    message: 'no submission, or more than one, has an id that begins so',
    help: 'run `./fdp flow list` and give at least {charactersMin} characters of the id',
  },
  FDP_NODE_FOLDER_NOT_EMPTY: {
    status: 409,
    message: 'the folder to write to is not empty',
    help: 'name an empty or a new folder',
  },
  FDP_NODE_NOT_REGISTERED: {
    status: 403,
    message: 'profiles are for people whom `{tenant}` has registered and who are in post',
    help: 'ask an officer of the tenant to register you; `./fdp access officers --tenant {tenant}` names them',
  },
  FDP_NODE_NO_PROFILE: {
    status: 404,
    message: 'there is no profile of an object type of that name',
    help: 'run `./fdp engineer profile <object> --renew`; `./fdp contract list` names the object types',
  },
  FDP_NODE_PROFILE_SERVICE: {
    status: 403,
    message: 'the controller lets no service make a profile of that object type, or nothing of it is published',
    help: 'ask an officer for a grant at aggregate level; docs/how-to/help-an-engineer-without-data.md says which',
  },
  FDP_NODE_PROFILE_MOVED: {
    status: 409,
    message: 'newer data were published while the profile was made; nothing was published',
    help: 'run the same command again',
  },
  FDP_NODE_OPENING_REFUSED: {
    status: 403,
    message: '`{by}` cannot open this: {why}',
    help: 'choose another purpose or ask an officer for a grant; docs/how-to/break-the-glass.md says who may open what',
  },
  FDP_NODE_OPENING_REASON: {
    status: 400,
    message: 'opening somebody’s record takes a reason in your own words, {charactersMax} characters at most',
    help: 'add `--reason "…"`; it is kept in the erasable part of the entry, for whoever reviews',
  },
  FDP_NODE_OPENING_MINUTES: {
    status: 400,
    message: 'an opening lasts from 1 to {minutesMax} whole minutes',
    help: 'open it again if the need goes on',
  },
  FDP_NODE_MODELS: {
    status: 400,
    message: '`models.yaml` of the tenant is not right at `{where}`',
    help: 'write `by`, `purpose` and `build`, the list of models; docs/how-to/derive-a-data-set.md shows it',
  },
  FDP_NODE_RETENTION: {
    status: 400,
    message: 'the file `retention.yaml` of the tenant is not right at `{where}`; nothing expires',
    help: 'compare it with spec/erasure.md: whole days from 2 on, or null, by the names of object types',
  },
  FDP_NODE_NO_RETENTION: {
    status: 404,
    message: 'the tenant `{tenant}` declares no retention, so nothing expires',
    help: 'write `retention.yaml` into its folder; spec/erasure.md says how',
  },
  FDP_NODE_ERASURE_REFUSED: {
    status: 403,
    message: 'the person cannot be erased: {why}',
    help: 'see `./fdp hold list` and `./fdp erase list`; docs/how-to/erase-a-person.md says who may order and approve',
  },
  FDP_NODE_ERASURE_OTHER: {
    status: 409,
    message: 'the order `{id}` is about somebody else than the patient named',
    help: 'check both with whoever ordered it; nothing was erased',
  },
  FDP_NODE_NO_PATIENT: {
    status: 404,
    message: 'nobody here, or more than one person, has that identifier',
    help: 'check it, or try the other one: the hospital’s own id with `--controller`, or a verified NHS number',
  },
  FDP_NODE_NO_RECORD: {
    status: 404,
    message: 'there is no record of that object type, or more than one, at that place',
    help: 'check the id and whose it is; of a row that stayed out, `./fdp quarantine list` shows the position',
  },
})
