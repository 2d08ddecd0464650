import { defineErrors } from '#kernel'

export const actionErrors = defineErrors({
  FDP_ACTIONS_PARAMETERS: {
    status: 400,
    message: 'parameters are given by name, and these are not',
    help: 'send `{"parameters": {"<name>": <value>}}`',
  },
  FDP_ACTIONS_UNKNOWN_PARAMETER: {
    status: 400,
    message: 'the action `{action}` has no parameter `{parameter}`',
    help: 'choose from: {known}',
  },
  FDP_ACTIONS_PARAMETER_VALUE: {
    status: 400,
    message: 'parameter `{parameter}` of `{action}` is a {type}, and the value given for it is not',
    help: 'write numbers as numbers, dates as `2026-01-31`, moments as `2026-01-31T09:30:00Z`, an object as its primary key',
  },
  FDP_ACTIONS_INVALID: {
    status: 400,
    message: 'the action `{action}` cannot be applied as asked: {what}',
    help: 'validate the requests one by one; nothing of the batch was applied',
  },
  FDP_ACTIONS_BATCH: {
    status: 400,
    message: 'a batch has between 1 and {max} requests',
    help: 'send fewer, one batch after the other',
  },
})
