import { defineErrors } from '#kernel'

export const contractErrors = defineErrors({
  FDP_CONTRACTS_UNKNOWN_TYPE: {
    status: 404,
    message: 'there is no object type `{name}`',
    help: '{suggestion}',
  },
  FDP_CONTRACTS_NAME_TAKEN: {
    status: 409,
    message: 'there is another object type called `{name}`',
    help: 'give the model another name, as all tenants of one node share the names of object types; where its own columns changed, start the node again',
  },
  FDP_CONTRACTS_UNKNOWN_PROPERTY: {
    status: 400,
    message: 'the object type `{object}` has no property `{name}`',
    help: '{suggestion}',
  },
  FDP_CONTRACTS_MANIFEST: {
    status: 422,
    message: 'the manifest cannot be read: {problem}',
    help: 'list each file with its `name` and `sha256`, and `bytes` and `rows` where they are known: as JSON, or as CSV with these headings',
  },
  FDP_CONTRACTS_NHS_NUMBER: {
    status: 400,
    message: 'this is not an NHS number: it breaks the rule `{rule}`',
    help: 'compare the ten digits with the source; leave the field empty if the number is not known',
  },
  FDP_CONTRACTS_POSTCODE: {
    status: 400,
    message: 'this does not have the form of a postcode',
    help: 'write it like `LS1 4AP`; leave the field empty if it is not known',
  },
})
