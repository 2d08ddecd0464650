import { defineErrors } from '#kernel'

export const privacyErrors = defineErrors({
  FDP_PRIVACY_NOT_A_TOKEN: {
    status: 400,
    message: 'this is not a token of this purpose and kind of key',
    help: 'use an identifier exactly as a read under the same purpose gave it; tokens of another purpose do not fit here',
  },
  FDP_PRIVACY_UNKNOWN_KEY_TYPE: {
    status: 500,
    message: 'there is no kind of key called `{keyType}`',
    help: 'append it to the table in src/privacy/key-types.ts and to spec/token-vectors.json; numbers are never changed or reused',
  },
  FDP_PRIVACY_BAD_EPOCH: {
    status: 400,
    message: 'a token epoch is a whole number from 1 to 255',
    help: 'use the epoch recorded for the purpose; it starts at 1',
  },
  FDP_PRIVACY_UNKNOWN_POLICY: {
    status: 400,
    message: 'there is no disclosure policy called `{policy}`',
    help: '{suggestion}the policies are: {known}',
  },
  FDP_PRIVACY_UNDECLARED_MEASURE: {
    status: 400,
    message: 'the column `{measure}` holds numbers but has no declared measure kind',
    help: 'declare in the metric what `{measure}` is (a count of people, a ratio, a percentile, …), then run it again',
  },
  FDP_PRIVACY_MEASURE_MISFIT: {
    status: 400,
    message: 'the measure `{measure}` does not fit its declaration: {reason}',
    help: 'correct the declaration of `{measure}` in the metric, then run it again',
  },
  FDP_PRIVACY_BAD_TABLE: {
    status: 400,
    message: 'a table for release is not well formed: {reason}',
    help: 'group the metric so that each combination of keys comes once and every cell has every measure',
  },
})
