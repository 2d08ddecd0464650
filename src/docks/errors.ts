import { defineErrors } from '#kernel'

export const dockErrors = defineErrors({
  FDP_DOCK_DECLARATION: {
    status: 400,
    message: 'the dock `{dock}` is not declared right at `{where}`: {what}',
    help: 'mend its file in the folder `docks` of the tenant; docs/reference/docks.md says what each line means',
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
