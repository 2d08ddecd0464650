import type { ErrorParams, JsonObject } from '#kernel'
import type { ontologyErrors } from './errors.ts'

/** The classes of error of the Ontology API, each with the HTTP status that it is sent with. */
export const apiErrorStatus = {
  INVALID_ARGUMENT: 400,
  FAILED_PRECONDITION: 400,
  UNAUTHORIZED: 401,
  PERMISSION_DENIED: 403,
  NOT_FOUND: 404,
  CONFLICT: 409,
  REQUEST_ENTITY_TOO_LARGE: 413,
  RATE_LIMIT: 429,
  TIMEOUT: 500,
  INTERNAL: 500,
} as const
export type ApiErrorCode = keyof typeof apiErrorStatus

/** How the API says one of our errors: names as in `_errors.d.ts` of `@osdk/foundry.ontologies`, parameters without values. */
export interface ApiError {
  readonly errorCode: ApiErrorCode
  readonly errorName: string
  readonly parameters?: (params: ErrorParams) => JsonObject
}

/** Errors of a module by their codes. */
export type ApiErrors<Code extends string = string> = Readonly<Record<Code, ApiError>>

const named =
  (...names: readonly string[]) =>
  (params: ErrorParams): JsonObject =>
    Object.fromEntries(names.map((name) => [name, params[name] ?? '']))

const ofType = ({ property, type }: ErrorParams): JsonObject => ({
  ...{ property: property ?? '', propertyBaseType: type ?? '' },
})

const invalid = 'INVALID_ARGUMENT'
const missing = 'NOT_FOUND'

/** Every error of this module: none goes out without a name that the API documents, or one in its manner. */
export const ontologyApiErrors: ApiErrors<keyof typeof ontologyErrors.specs> = {
  FDP_ONTOLOGY_ONTOLOGY: {
    ...{ errorCode: missing, errorName: 'OntologyNotFound' },
    parameters: ({ ontology }) => ({ apiName: ontology ?? '' }),
  },
  FDP_ONTOLOGY_OBJECT_TYPE: {
    ...{ errorCode: missing, errorName: 'ObjectTypeNotFound', parameters: named('objectType') },
  },
  FDP_ONTOLOGY_PROPERTY: {
    ...{ errorCode: missing, errorName: 'PropertiesNotFound' },
    parameters: ({ objectType, property }) => ({ objectType: objectType ?? '', properties: [property ?? ''] }),
  },
  FDP_ONTOLOGY_LINK: {
    ...{ errorCode: missing, errorName: 'LinkTypeNotFound' },
    parameters: ({ objectType, link }) => ({ objectType: objectType ?? '', linkType: link ?? '' }),
  },
  FDP_ONTOLOGY_OBJECT: { errorCode: missing, errorName: 'ObjectNotFound', parameters: named('objectType') },
  FDP_ONTOLOGY_LINKED_OBJECT: {
    ...{ errorCode: missing, errorName: 'LinkedObjectNotFound' },
    parameters: ({ link }) => ({ linkType: link ?? '' }),
  },
  FDP_ONTOLOGY_OBJECT_SET: { errorCode: missing, errorName: 'ObjectSetNotFound' },
  FDP_ONTOLOGY_INTERFACE: {
    ...{ errorCode: missing, errorName: 'InterfaceTypeNotFound' },
    parameters: (params) => ({ apiName: params.interface ?? '' }),
  },
  FDP_ONTOLOGY_VALUE_TYPE: { errorCode: missing, errorName: 'ValueTypeNotFound', parameters: named('valueType') },
  FDP_ONTOLOGY_ACTION_TYPE: { errorCode: missing, errorName: 'ActionTypeNotFound', parameters: named('actionType') },
  FDP_ONTOLOGY_QUERY_TYPE: { errorCode: missing, errorName: 'QueryNotFound', parameters: named('query') },
  FDP_ONTOLOGY_VALUE: {
    ...{ errorCode: invalid, errorName: 'InvalidPropertyValue' },
    parameters: ({ property, type }) => ({ property: property ?? '', propertyBaseType: type ?? '' }),
  },
  FDP_ONTOLOGY_OPERATOR: {
    ...{ errorCode: invalid, errorName: 'PropertyFiltersNotSupported' },
    parameters: ({ property, operator }) => ({ property: property ?? '', propertyFilters: [operator ?? ''] }),
  },
  FDP_ONTOLOGY_TYPES: { errorCode: invalid, errorName: 'UnsupportedObjectSet' },
  FDP_ONTOLOGY_UNSUPPORTED: { errorCode: invalid, errorName: 'UnsupportedObjectSet', parameters: named('at', 'what') },
  FDP_ONTOLOGY_DERIVED: {
    ...{ errorCode: invalid, errorName: 'InvalidDerivedPropertyDefinition' },
    parameters: ({ property }) => ({ derivedProperty: property ?? '' }),
  },
  FDP_ONTOLOGY_PAGE_TOKEN: { errorCode: invalid, errorName: 'InvalidPageToken' },
  FDP_ONTOLOGY_PAGE_SIZE: { errorCode: invalid, errorName: 'InvalidPageSize', parameters: named('max') },
  FDP_ONTOLOGY_LIMIT: { errorCode: invalid, errorName: 'ObjectsExceededLimit', parameters: named('what', 'max') },
  FDP_ONTOLOGY_REQUEST: { errorCode: invalid, errorName: 'InvalidArgument', parameters: named('at', 'what') },
  FDP_ONTOLOGY_AGGREGATION: {
    ...{ errorCode: invalid, errorName: 'AggregationMetricNotSupported' },
    parameters: ({ type, property }) => ({ metricType: type ?? '', property: property ?? '' }),
  },
  FDP_ONTOLOGY_QUERY_VERSION: {
    ...{ errorCode: missing, errorName: 'QueryVersionNotFound' },
    parameters: ({ query }) => ({ apiName: query ?? '' }),
  },
  FDP_ONTOLOGY_QUERY_PARAMETER: {
    ...{ errorCode: invalid, errorName: 'InvalidQueryParameterValue' },
    parameters: ({ parameter }) => ({ parameterId: parameter ?? '' }),
  },
  FDP_ONTOLOGY_QUERY_MISSING: {
    ...{ errorCode: invalid, errorName: 'MissingParameter' },
    parameters: ({ parameter }) => ({ parameters: [parameter ?? ''] }),
  },
  FDP_ONTOLOGY_QUERY_UNKNOWN: { errorCode: invalid, errorName: 'UnknownParameter' },
  FDP_ONTOLOGY_METRIC: {
    ...{ errorCode: invalid, errorName: 'AggregationMetricNotSupported' },
    parameters: ({ metric, property }) => ({ metricType: metric ?? '', property: property ?? '' }),
  },
  FDP_ONTOLOGY_GROUPING: { errorCode: invalid, errorName: 'PropertyBaseTypeNotSupported', parameters: ofType },
  FDP_ONTOLOGY_RANGES: { errorCode: invalid, errorName: 'InvalidAggregationRangePropertyType', parameters: ofType },
  FDP_ONTOLOGY_RANGE_VALUE: { errorCode: invalid, errorName: 'InvalidAggregationRangeValue', parameters: ofType },
  FDP_ONTOLOGY_DURATION_TYPE: {
    ...{ errorCode: invalid, errorName: 'InvalidDurationGroupByPropertyType', parameters: ofType },
  },
  FDP_ONTOLOGY_DURATION: { errorCode: invalid, errorName: 'InvalidDurationGroupByValue' },
  FDP_ONTOLOGY_ORDERING: { errorCode: invalid, errorName: 'InvalidAggregationOrdering' },
  FDP_ONTOLOGY_GROUPS: {
    ...{ errorCode: invalid, errorName: 'AggregationGroupCountExceededLimit' },
    parameters: ({ max }) => ({ groupsLimit: max ?? '' }),
  },
  FDP_ONTOLOGY_ACCURACY: { errorCode: invalid, errorName: 'AggregationAccuracyNotSupported' },
  FDP_ONTOLOGY_RELEASE: { errorCode: invalid, errorName: 'AggregationNotReleasable', parameters: named('what') },
  // Of the command line; they do not come this way.
  FDP_ONTOLOGY_FILTER: { errorCode: invalid, errorName: 'MalformedPropertyFilters' },
  FDP_ONTOLOGY_QUERY: { errorCode: invalid, errorName: 'InvalidArgument' },
}
