import type { FastifyRequest } from 'fastify'
import type { FdpError, JsonObject } from '#kernel'
import { type ApiError, type ApiErrors, apiErrorStatus, ontologyApiErrors } from '#ontology'

/** Below which the Ontology API lies: an application's base URL is what stands before `/api`. */
export function isOntologyApi(url: string): boolean {
  return /^\/tenants\/[^/?]*\/api(\/|\?|$)/.test(url)
}

/** Errors on the way to the ontology, in the manner of the API. Read from the top. */
const onTheWay: ApiErrors = {
  FDP_HTTP_SIGN_IN: { errorCode: 'UNAUTHORIZED', errorName: 'MissingCredentials' },
  // What a decision refuses does not exist.
  FDP_GATE_NOT_AVAILABLE: { errorCode: 'NOT_FOUND', errorName: 'ObjectTypeNotFound' },
  FDP_GATE_JUSTIFICATION: { errorCode: 'INVALID_ARGUMENT', errorName: 'JustificationRequired' },
  // Asked again in the same words it would be no better: clients try a 503 again.
  FDP_ENGINE_OUT_OF_MEMORY: { errorCode: 'INVALID_ARGUMENT', errorName: 'ObjectsExceededLimit' },
  FDP_HTTP_PURPOSE: { errorCode: 'INVALID_ARGUMENT', errorName: 'PurposeRequired' },
}

/** Errors of actions, and of the edits that they ask for. */
const ofActions: ApiErrors = {
  FDP_ACTIONS_PARAMETERS: { errorCode: 'INVALID_ARGUMENT', errorName: 'InvalidArgument' },
  FDP_ACTIONS_UNKNOWN_PARAMETER: {
    ...{ errorCode: 'INVALID_ARGUMENT', errorName: 'UnknownParameter' },
    parameters: ({ parameter }) => ({ unknownParameters: [parameter ?? ''] }),
  },
  FDP_ACTIONS_PARAMETER_VALUE: {
    ...{ errorCode: 'INVALID_ARGUMENT', errorName: 'InvalidParameterValue' },
    parameters: ({ parameter, type }) => ({ parameterId: parameter ?? '', parameterBaseType: type ?? '' }),
  },
  FDP_ACTIONS_INVALID: {
    ...{ errorCode: 'INVALID_ARGUMENT', errorName: 'ActionValidationFailed' },
    parameters: ({ action }) => ({ actionType: action ?? '' }),
  },
  FDP_ACTIONS_BATCH: { errorCode: 'INVALID_ARGUMENT', errorName: 'OntologyEditsExceededLimit' },
  FDP_GATE_CONFLICT: { errorCode: 'CONFLICT', errorName: 'ObjectChanged' },
  FDP_GATE_EDITS_FULL: { errorCode: 'CONFLICT', errorName: 'OntologyEditsExceededLimit' },
}

/** Every code that has a name of its own in the API. */
export const apiErrorsByCode: ApiErrors = { ...ontologyApiErrors, ...onTheWay, ...ofActions }

const byStatus: Readonly<Record<number, ApiError>> = {
  400: { errorCode: 'INVALID_ARGUMENT', errorName: 'InvalidArgument' },
  401: { errorCode: 'UNAUTHORIZED', errorName: 'Unauthorized' },
  403: { errorCode: 'PERMISSION_DENIED', errorName: 'PermissionDenied' },
  404: { errorCode: 'NOT_FOUND', errorName: 'NotFound' },
  409: { errorCode: 'CONFLICT', errorName: 'Conflict' },
  413: { errorCode: 'REQUEST_ENTITY_TOO_LARGE', errorName: 'RequestEntityTooLarge' },
  415: { errorCode: 'INVALID_ARGUMENT', errorName: 'InvalidContentType' },
  429: { errorCode: 'RATE_LIMIT', errorName: 'RateLimitExceeded' },
}

/**
 * An error in the form of the Ontology API, with our own beside it. `seen` is the status that the server gave it before
 * it was made ours. The instance is the id of the request, by which the log knows it.
 */
export function wireErrorOf(
  error: FdpError,
  { id }: FastifyRequest,
  seen: number | undefined,
): { readonly status: number; readonly body: string } {
  const { code, message, help } = error
  const status = seen === 413 || seen === 415 ? seen : error.status
  const { errorCode, errorName, parameters } = apiErrorOf(error, status)
  const wire = {
    ...{ errorCode, errorName, errorInstanceId: asUuid(id), parameters },
    error: { code, message, help },
  }
  return { status: code in apiErrorsByCode ? apiErrorStatus[errorCode] : status, body: JSON.stringify(wire) }
}

/** How the API names an error, whichever way it goes out. */
export function apiErrorOf(
  { code, params }: FdpError,
  status: number,
): Pick<ApiError, 'errorCode' | 'errorName'> & { readonly parameters: JsonObject } {
  const fallback: ApiError =
    byStatus[status] ?? (status < 500 ? byStatus[400]! : { errorCode: 'INTERNAL', errorName: 'Internal' })
  const { errorCode, errorName, parameters } = apiErrorsByCode[code] ?? fallback
  return { errorCode, errorName, parameters: parameters?.(params) ?? {} }
}

/** A request id has 16 hexadecimal digits; clients expect the form of a UUID. */
function asUuid(id: string): string {
  const digits = id.padEnd(32, '0')
  return [0, 8, 12, 16, 20].map((from, i, all) => digits.slice(from, all[i + 1] ?? 32)).join('-')
}
