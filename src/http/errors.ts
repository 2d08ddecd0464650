import { defineErrors } from '#kernel'

export const httpErrors = defineErrors({
  FDP_HTTP_TOKEN: {
    status: 401,
    message: 'this page needs the token that was printed when the node was started',
    help: 'open the address that `npm start` printed, or send it as `authorization: Bearer …`',
  },
  FDP_HTTP_NOT_FOUND: {
    status: 404,
    message: 'there is nothing at this address',
    help: 'start from the first page',
  },
  FDP_HTTP_FAULT: {
    status: 500,
    message: 'a fault in this program',
    help: 'look for the request id in its log, and report it',
  },
})
