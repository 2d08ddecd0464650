import { defineErrors } from '#kernel'

export const fail = defineErrors({
  FDP_MAPPING_WRONG: {
    status: 400,
    message: '{place}: {problem}',
    help: '{help}',
  },
  FDP_MAPPING_YAML: {
    status: 400,
    message: 'line {line}: this is not well-formed YAML',
    help: 'check indentation, colons and quotes on this line',
  },
  FDP_MAPPING_TOO_LARGE: {
    status: 400,
    message: 'the mapping is larger than {max} bytes',
    help: 'split it, or translate fewer values in one file',
  },
  FDP_MAPPING_NO_TESTS: {
    status: 400,
    message: 'the mapping has no test',
    help: 'add `tests:` with a `name`, a few made-up lines as `file` and what they become as `rows`',
  },
})
