import { defineErrors } from '#kernel'

export const httpErrors = defineErrors({
  FDP_HTTP_TOKEN: {
    status: 401,
    message: 'this page needs the token that was printed when the node was started',
    help: 'open the address that `npm start` printed, or send it as `authorization: Bearer …`',
  },
  FDP_HTTP_HOST: {
    status: 421,
    message: 'this node answers only to the name of its own machine',
    help: 'open it as `http://127.0.0.1` or `http://localhost` with its port',
  },
  FDP_HTTP_REQUEST: {
    status: 400,
    message: 'the request cannot be read',
    help: 'check its address, its length and its form',
  },
  FDP_HTTP_PORT: {
    status: 409,
    message: 'port {port} is taken by another program',
    help: 'stop that program, or write `http: { port: 0 }` into `fdp.yaml` in the home folder to take any free port',
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
