import { defineErrors } from '#kernel'

export const remoteErrors = defineErrors({
  FDP_REMOTE_ADDRESS: {
    status: 400,
    message: 'that is not the address of a server: {what}',
    help: 'give what comes before `/api/v2`, with https (http on this machine alone): `https://fdp.example/tenants/alder-vale`',
  },
  FDP_REMOTE_UNREACHABLE: {
    status: 503,
    message: 'the other server cannot be reached, or asks to wait longer than this command does ({what})',
    help: 'run the same command again later; with `--resume` it goes on where it stopped',
  },
  FDP_REMOTE_SIGN_IN: {
    status: 401,
    message: 'the other server does not accept the token',
    help: 'get a fresh token, write it into the token file, and run the command again; `--resume` goes on where it stopped',
  },
  FDP_REMOTE_REFUSED: {
    status: 422,
    message: 'the other server refuses `{what}`: {name}',
    help: 'check the ontology and what the token may see there; docs/how-to/move-in.md says what it needs',
  },
  FDP_REMOTE_ANSWER: {
    status: 502,
    message: 'the answer of the other server to `{what}` is not of this API: {why}',
    help: 'check the address: it is what comes before `/api/v2`',
  },
  FDP_REMOTE_PAGE_TOKEN: {
    status: 409,
    message: 'the other server no longer takes the place where reading `{type}` stopped',
    help: 'run the command again: that object type begins anew',
  },
})
