import { defineErrors } from '#kernel'

export const mllpErrors = defineErrors({
  FDP_MLLP_LISTEN: {
    status: 500,
    message: 'cannot listen for messages on port {port}',
    help: 'choose a port that is free and an address of this machine, and check key and certificate',
  },
  FDP_MLLP_FRAME: {
    status: 400,
    message: 'a message that does not end as MLLP says',
    help: 'send VT (0B), the message, FS CR (1C 0D), and neither VT nor FS within',
  },
  FDP_MLLP_TOO_LARGE: {
    status: 413,
    message: 'a message of more than {max} bytes',
    help: 'send documents apart from messages',
  },
  FDP_MLLP_STORE: {
    status: 503,
    message: 'the message was not stored',
    help: 'send it again later',
  },
  FDP_MLLP_REFUSED: {
    status: 422,
    message: 'the other side refused the message with {code}',
    help: 'read its log for that message; it was not sent again',
  },
  FDP_MLLP_UNREACHABLE: {
    status: 503,
    message: 'no connection to the other side after {attempts} attempts',
    help: 'check address, port and TLS of the other side, then send again',
  },
  FDP_MLLP_UNANSWERED: {
    status: 503,
    message: 'the other side did not accept the message within {attempts} attempts',
    help: 'it may have arrived; send it again, with the same control id',
  },
  FDP_MLLP_CLOSED: {
    status: 503,
    message: 'the link was closed before the other side accepted the message',
    help: 'open the link anew and send again, with the same control id',
  },
})
