import { defineErrors } from '#kernel'

export const httpErrors = defineErrors({
  FDP_HTTP_SIGN_IN: {
    status: 401,
    message: 'this needs somebody who is signed in',
    help: 'open `/sign-in`, or send an access token as `authorization: Bearer …`',
  },
  FDP_HTTP_SIGN_IN_OFF: {
    status: 503,
    message: 'nobody can sign in at this node: it has no identity provider',
    help: 'write `identity` into `fdp.yaml` in the home folder; docs/reference/configuration.md lists its settings',
  },
  FDP_HTTP_SESSION: {
    status: 401,
    message: 'the session has ended, or never was',
    help: 'open `/sign-in` again',
  },
  FDP_HTTP_STATE: {
    status: 401,
    message: 'this browser has begun no such sign-in here, or has ended it already',
    help: 'open `/sign-in` again; an answer of the identity provider works once and within ten minutes',
  },
  FDP_HTTP_NOT_IN_POST: {
    status: 403,
    message: 'the register has nobody of that name in post now',
    help: 'have an officer of the tenant register you, or ask them when your post begins',
  },
  FDP_HTTP_CALLER: {
    status: 403,
    message: 'this is not for a {kind}',
    help: 'look at `/openapi.json` for who may call it',
  },
  FDP_HTTP_CSRF: {
    status: 403,
    message: 'the request does not show that a page of this node sent it',
    help: 'send the value of `csrf` from `/api/v1/me` as `x-fdp-csrf`, from a page of this node',
  },
  FDP_HTTP_RETURN: {
    status: 400,
    message: 'the address to return to is not one of this node',
    help: 'give a path such as `/`',
  },
  FDP_HTTP_PURPOSE: {
    status: 400,
    message: 'no purpose of this tenant is chosen',
    help: 'choose one with `PUT /api/v1/me/purposes/<tenant>`; a service asks for a token with the scope `purpose:<id>`',
  },
  FDP_HTTP_MOMENT: {
    status: 400,
    message: 'that is no moment, or one that lies ahead',
    help: 'give a moment that has passed, with its offset: `2026-01-31T09:30:00Z`',
  },
  FDP_HTTP_TENANT: {
    status: 404,
    message: 'there is no such tenant here',
    help: 'look at `/health/ready` for the tenants of this node',
  },
  FDP_HTTP_RATE: {
    status: 429,
    message: 'too many requests within a minute',
    help: 'try again in {seconds} seconds',
  },
  FDP_HTTP_UPGRADE: {
    status: 426,
    message: 'this address answers with a websocket only',
    help: 'open it as a websocket with the subprotocol `Bearer-<token>`',
  },
  FDP_HTTP_CONNECTIONS: {
    status: 429,
    message: 'too many connections are open',
    help: 'close some of them; subscriptions of one application share one connection',
  },
  FDP_HTTP_HOST: {
    status: 421,
    message: 'this node answers only to its own name',
    help: 'open it as `http://127.0.0.1` or `http://localhost` with its port, or by `http.publicOrigin` of `fdp.yaml`',
  },
  FDP_HTTP_REQUEST: {
    status: 400,
    message: 'the request cannot be read',
    help: 'check its address, its length and its form against `/openapi.json`',
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
