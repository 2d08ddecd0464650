import { defineErrors } from '#kernel'

export const fhirServerErrors = defineErrors({
  FDP_FHIRSERVER_SETTINGS: {
    status: 400,
    message: 'the settings of the FHIR server are not right: {what}',
    help: 'mend the declaration of the connection; docs/how-to/connect-a-fhir-server.md says what each setting means',
  },
  FDP_FHIRSERVER_AWAY: {
    status: 503,
    message: 'the FHIR server cannot be reached, or is busy for longer than is waited here ({what})',
    help: 'try again later; an export that is under way there is gone on with',
  },
  FDP_FHIRSERVER_SIGN_IN: {
    status: 502,
    message: 'the FHIR server, or the place where its tokens are given, does not let this node in ({what})',
    help: 'check the client id, that the public key is registered there, and the scope, with whoever runs the server',
  },
  FDP_FHIRSERVER_QUESTION: {
    status: 422,
    message: 'the FHIR server does not take this question: {what}',
    help: 'a question is a search such as `Patient?active=true`, or an export such as `$export?_type=Patient`; see what the server says it can do at its `/metadata`',
  },
  FDP_FHIRSERVER_ANSWER: {
    status: 502,
    message: 'the answer of the FHIR server is not as FHIR has it: {what}',
    help: 'check the address: it is what comes before `/Patient`; ask whoever runs the server, who finds the request in its log',
  },
  FDP_FHIRSERVER_INCOMPLETE: {
    status: 502,
    message: 'the FHIR server says itself that its answer is not the whole: {what}',
    help: 'have whoever runs the server look into it; of an export, `incompleteExports: true` takes what there is',
  },
  FDP_FHIRSERVER_EXPORT: {
    status: 502,
    message: 'the export failed at the FHIR server ({what})',
    help: 'have whoever runs the server look into its log; asking again begins a new export',
  },
  FDP_FHIRSERVER_ELSEWHERE: {
    status: 502,
    message: 'the FHIR server points to another place: {what}',
    help: 'have the server give addresses below the base address that is declared; files elsewhere need their origin in `fileOrigins`',
  },
  FDP_FHIRSERVER_CHANGED: {
    status: 503,
    message: 'what the FHIR server sent again after a break is not what it had sent before',
    help: 'ask again: the answer begins anew',
  },
  FDP_FHIRSERVER_TOO_LARGE: {
    status: 413,
    message: 'the answer of the FHIR server is larger than {max} bytes',
    help: 'ask for less, or raise `answerBytesMax` of the connection',
  },
  FDP_FHIRSERVER_TOO_LONG: {
    status: 504,
    message: 'the answer of the FHIR server is not whole after {hours} hours',
    help: 'ask for less, or raise `answerHoursMax` of the connection',
  },
})
