import { defineErrors } from '#kernel'

export const contractErrors = defineErrors({
  FDP_CONTRACTS_UNKNOWN_TYPE: {
    status: 404,
    message: 'there is no object type `{name}`',
    help: '{suggestion}',
  },
  FDP_CONTRACTS_UNKNOWN_PROPERTY: {
    status: 400,
    message: 'the object type `{object}` has no property `{name}`',
    help: '{suggestion}',
  },
})
