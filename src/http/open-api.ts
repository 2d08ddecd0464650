/** The head of `/openapi.json`; its paths come from the table of endpoints. */
export function openApiOf() {
  return {
    openapi: '3.1.0',
    info: {
      title: 'OpenFDP',
      version: '1',
      description:
        'An open federated data platform. Being signed in is no right: each request is decided anew, by the policies of its tenant. Every error has a code, a sentence and a next step.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    components: {
      securitySchemes: {
        bearer: {
          type: 'http' as const,
          scheme: 'bearer',
          bearerFormat: 'JWT',
          description:
            'An access token (RFC 9068) of the identity provider, for the audience of this node; a service names its purpose with the scope `purpose:<id>`.',
        },
        session: {
          type: 'apiKey' as const,
          in: 'cookie' as const,
          name: 'fdp_session',
          description:
            'Made by `/sign-in`. Whatever changes something also needs `x-fdp-csrf` and a page of this node as its origin.',
        },
      },
    },
  }
}
