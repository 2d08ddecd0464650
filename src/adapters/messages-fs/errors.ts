import { defineErrors } from '#kernel'

export const messageLogErrors = defineErrors({
  FDP_MESSAGELOG_DAMAGED: {
    status: 500,
    message: 'segment {segment} of a log of messages is not what was stored',
    help: 'restore the folder `messages` of the tenant from a backup; nothing is taken in at this dock until then',
  },
  FDP_MESSAGELOG_CLOSED: {
    status: 503,
    message: 'the log of messages is closed',
    help: 'send the message again',
  },
})
