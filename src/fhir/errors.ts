import { defineErrors } from '#kernel'

export const fail = defineErrors({
  FDP_FHIR_VIEW: {
    status: 400,
    message: '{place}: {problem}',
    help: '{help}',
  },
  FDP_FHIR_PATH: {
    status: 400,
    message: '{place}, character {at}: {problem}',
    help: '{help}',
  },
  FDP_FHIR_TOO_LARGE: {
    status: 400,
    message: '{place}: more than {max} {what}',
    help: 'split the view into several, or leave out what is not needed',
  },
  FDP_FHIR_RESOURCES: {
    status: 422,
    message: 'a resource does not fit the view: several values where it takes one, a value of another type, or no JSON',
    help: 'add `first()` to a path that may give several values or set `collection`, and compare the declared types with the resources',
  },
  FDP_FHIR_NO_CASES: {
    status: 404,
    message: 'there is no folder `{folder}` with case files that can be read',
    help: 'give the folder of the suite that holds its .json case files',
  },
  FDP_FHIR_CASE_FILE: {
    status: 400,
    message: '`{file}` is not a case file of the SQL on FHIR suite: {problem}',
    help: 'take the file from the suite as it is published; its form is in tests.schema.json beside it',
  },
})
