import { defineErrors } from '#kernel'

export const identityErrors = defineErrors({
  FDP_IDENTITY_UNREACHABLE: {
    status: 503,
    message: 'the identity provider cannot be reached, or does not answer as one',
    help: 'try again in a minute; whoever runs the node looks at `identity.issuer` in `fdp.yaml`',
  },
  FDP_IDENTITY_SETTINGS: {
    status: 400,
    message: 'the settings of the identity provider are not right: {what}',
    help: 'mend `identity` in `fdp.yaml`; docs/reference/configuration.md lists its settings',
  },
  FDP_IDENTITY_ANSWER: {
    status: 401,
    message: 'this is not an answer to a sign-in that was begun here',
    help: 'begin again at `/sign-in`',
  },
  FDP_IDENTITY_CODE: {
    status: 401,
    message: 'the identity provider does not accept the code that the browser brought back',
    help: 'begin again at `/sign-in`; a code works once and for a minute',
  },
  FDP_IDENTITY_CANCELLED: {
    status: 401,
    message: 'the sign-in was ended at the identity provider',
    help: 'begin again at `/sign-in`',
  },
  FDP_IDENTITY_TOKEN: {
    status: 401,
    message: 'the token is not one that the identity provider signed for a use here',
    help: 'get an access token from the identity provider, and send it as `authorization: Bearer …`',
  },
  FDP_IDENTITY_AUDIENCE: {
    status: 401,
    message: 'the token was made for somebody else',
    help: 'ask the identity provider for a token for the audience of this node',
  },
  FDP_IDENTITY_EXPIRED: {
    status: 401,
    message: 'the token has expired',
    help: 'get a new one from the identity provider',
  },
  FDP_IDENTITY_NAMELESS: {
    status: 401,
    message: 'the identity provider does not say by what name the register knows this caller',
    help: 'have the provider send the claim that `identity.subjectClaim` in `fdp.yaml` names',
  },
})
