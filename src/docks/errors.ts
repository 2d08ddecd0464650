import { defineErrors } from '#kernel'

export const dockErrors = defineErrors({
  FDP_DOCK_DECLARATION: {
    status: 400,
    message: 'the dock `{dock}` is not declared right at `{where}`: {what}',
    help: 'mend its file in the folder `docks` of the tenant; docs/reference/docks.md says what each line means',
  },
  FDP_DOCK_NOT_PROMOTED: {
    status: 409,
    message: 'no mapping or view of dock `{dock}` is live',
    help: 'run `./fdp mapping promote {dock} <file> --reason <text>` with the file that its declaration names',
  },
  FDP_DOCK_NOT_MAPPED: {
    status: 400,
    message: 'the dock `{dock}` has neither a mapping nor a view',
    help: 'name the file in its declaration, as `mapping` or `view`',
  },
  FDP_DOCK_MAPPING_TESTS: {
    status: 422,
    message: '{failed} of the mapping’s own tests fail',
    help: 'run `./fdp mapping test <file>`, which says what came and what is expected',
  },
  FDP_DOCK_NOTHING_LANDED: {
    status: 404,
    message: 'nothing that dock `{dock}` landed is there to try a mapping on',
    help: 'name a file with `--on`; a first mapping may be promoted without',
  },
  FDP_DOCK_NOT_TRIED: {
    status: 409,
    message: 'this mapping of dock `{dock}` was not tried',
    help: 'run `./fdp mapping try {dock} <file>` and look at what would change',
  },
  FDP_DOCK_IS_LIVE: {
    status: 409,
    message: 'this mapping of dock `{dock}` is live already',
    help: 'run `./fdp mapping history {dock}`; another file, or a change in this one, is another version',
  },
  FDP_DOCK_NOTHING_BEFORE: {
    status: 409,
    message: 'there is no mapping of dock `{dock}` to go back to',
    help: 'run `./fdp mapping history {dock}`, and promote the right one',
  },
  FDP_DOCK_UNKNOWN: {
    status: 404,
    message: 'there is no dock `{dock}` here',
    help: 'run `./fdp dock list`; the docks are: {known}',
  },
  FDP_DOCK_NOT_YOURS: {
    status: 403,
    message: 'the dock `{dock}` is not yours to run',
    help: 'run it as the person or service, and for the purpose, that its declaration names; a node that serves runs it by itself',
  },
  FDP_DOCK_CONNECTION: {
    status: 400,
    message: 'the connection `{connection}` of dock `{dock}` has no {what}',
    help: 'files lie in connections of the kinds sftp and s3 (`drop`, `files`); databases and servers of FHIR answer (`ask`)',
  },
  FDP_DOCK_MANIFEST: {
    status: 409,
    message: 'a delivery to dock `{dock}` for {day} is not as its manifest says: {where}',
    help: 'have the sender deliver the files, or the manifest, again; files are counted in its order, and nothing was taken in',
  },
  FDP_DOCK_SUM: {
    status: 409,
    message: 'a file of dock `{dock}` for {day} is not what the sum beside it says',
    help: 'have the sender deliver the file and its `.sha256` again; nothing was taken in',
  },
})
