import { defineErrors } from '#kernel'

export const resourceErrors = defineErrors({
  FDP_RESOURCES_CUT_OFF: {
    status: 422,
    message: 'the file ends within resource {row}',
    help: 'it may be cut off: send it again whole',
  },
  FDP_RESOURCES_NOT_ONE: {
    status: 422,
    message: 'the file is not one FHIR resource: {fault}',
    help: 'send one JSON object with a `resourceType`; several a line each are format `fhir-ndjson`, a Bundle is `fhir-bundle`',
  },
  FDP_RESOURCES_REJECTS_TOO_MANY: {
    status: 422,
    message: 'more than {max} lines or entries are no FHIR resources, the last of them number {row}',
    help: 'check the format: `fhir-ndjson` has one resource a line, `fhir-bundle` is one Bundle',
  },
  FDP_BUNDLE_NOT_ONE: {
    status: 422,
    message: 'the file is no FHIR Bundle: {problem}',
    help: 'send one JSON object whose `resourceType` is `Bundle`; resources a line each are format `fhir-ndjson`',
  },
  FDP_BUNDLE_TOO_LARGE: {
    status: 422,
    message: 'what stands around the entries of the Bundle is more than {max} bytes',
    help: 'send the resources in `entry`, or as format `fhir-ndjson`',
  },
})
