import { defineErrors } from '#kernel'

export const s3Errors = defineErrors({
  FDP_S3_SETTINGS: {
    status: 400,
    message: 'the connection is not fully declared: {problem}',
    help: 'give `endpoint` with https (http on this machine alone), `region`, `bucket` and the two key files',
  },
  FDP_S3_UNREACHABLE: {
    status: 503,
    message: 'the store cannot be reached, is busy or broke off',
    help: 'check the endpoint and the firewall; it is tried again',
  },
  FDP_S3_SIGN_IN: {
    status: 503,
    message: 'the store does not accept the keys, or they may not read there',
    help: 'check the key files, the region and the clock, and that the keys may list and read this bucket',
  },
  FDP_S3_PLACE: {
    status: 503,
    message: 'the bucket cannot be looked at',
    help: 'check that it is there, and `pathStyle`; more than 100,000 names below one prefix are too many',
  },
  FDP_S3_NAME: {
    status: 400,
    message: 'that is not the name of a file below the prefix',
    help: 'name a file of the prefix itself, without a path',
  },
  FDP_S3_CHANGED: {
    status: 409,
    message: 'the file in the store changed since it was looked at, or is gone',
    help: 'wait until the file is complete, then take it again',
  },
})
