import { defineErrors } from '#kernel'

export const messageErrors = defineErrors({
  FDP_MESSAGES_DECLARATION: {
    status: 400,
    message: 'the message dock `{dock}` is not declared right at `{where}`: {what}',
    help: 'mend its file in the folder `messages` of the tenant; docs/reference/message-docks.md says what each line means',
  },
  FDP_MESSAGES_UNKNOWN: {
    status: 404,
    message: 'there is no message dock `{dock}` here',
    help: 'run `./fdp messages list`; the message docks are: {known}',
  },
  FDP_MESSAGES_NOT_YOURS: {
    status: 403,
    message: 'the message dock `{dock}` is not yours to run',
    help: 'run it as the person or service, and for the purpose, that its declaration names; a node that serves runs it by itself',
  },
  FDP_MESSAGES_SENDER: {
    status: 403,
    message: '{place}: a sender that is not accepted here',
    help: 'have MSH-3 and MSH-4 added to `senders` of the message dock, then send again',
  },
  FDP_MESSAGES_MAP: {
    status: 400,
    message: 'the map `{map}` is not right at `{where}`: {what}',
    help: 'compare it with those in mappings/hl7v2; spec/hl7v2.md says what a map may hold',
  },
  FDP_MESSAGES_CHANGED: {
    status: 409,
    message: 'somebody was erased while rows were being made of messages',
    help: 'nothing is to be done: the next look makes them of what is left; `./fdp messages run` does it now',
  },
  FDP_MESSAGES_OTHERS: {
    status: 409,
    message: 'rows of `{object}` of {controller} come from somewhere else, and messages would replace all of them',
    help: 'leave the map out of `maps`, or set `replaces: true` once the message dock knows everybody',
  },
})
