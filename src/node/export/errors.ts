import { defineErrors } from '#kernel'

export const exportErrors = defineErrors({
  FDP_EXPORT_NOT_AVAILABLE: {
    status: 403,
    message: 'there is something at this tenant that you cannot read whole, at identifiable level, for this purpose',
    help: 'an export is a read of everything: `./fdp object list` shows what you can read; the controller’s officers find what is missing in the ledger',
  },
  FDP_EXPORT_NOT_OWN_STAFF: {
    status: 403,
    message: 'only the controller’s own staff take the whole of `{tenant}` out',
    help: 'have somebody employed by the controller do it; data leave a tenant by its own act alone',
  },
  FDP_EXPORT_INCOMPLETE: {
    status: 409,
    message:
      'what you can read of {objects} of the object types is not every row, so this is no export; what had been written was removed',
    help: 'rows stay out for grants that reach some rows only, for opt-outs where the purpose is not care, and for one’s own record: somebody else, or another purpose, may see them all',
  },
  FDP_EXPORT_INSIDE_HOME: {
    status: 400,
    message: 'the folder lies inside the home folder, where no identity is ever kept in clear',
    help: 'name a folder elsewhere, on an encrypted volume',
  },
  FDP_EXPORT_DAMAGED: {
    status: 422,
    message: 'the export does not agree with itself: {what}',
    help: 'use another copy; nothing was changed here',
  },
  FDP_IMPORT_NOT_EMPTY: {
    status: 409,
    message: 'the tenant `{tenant}` holds data already',
    help: 'import into a tenant that has published nothing yet; what is there stays as it is',
  },
  FDP_IMPORT_DIFFERS: {
    status: 409,
    message: 'not everything is here as it left: {files} of the files differ',
    help: 'the lines above name them; `./fdp flow list` and `./fdp quarantine list` say which rules rows broke. Import the same folder again once that is mended: what is in already is recognised',
  },
})
