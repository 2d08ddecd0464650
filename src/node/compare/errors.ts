import { defineErrors } from '#kernel'

export const compareErrors = defineErrors({
  FDP_COMPARE_DIFFERS: {
    status: 409,
    message: '{differences} differences',
    help: 'the lines above count them; `--report <file>` writes which objects and properties they are, without values',
  },
  FDP_COMPARE_ORDER: {
    status: 502,
    message: 'the {side} server does not give `{type}` in the order of its primary key, so it cannot be compared',
    help: 'leave the type out with `--types`; objects are compared in the order of their keys’ code points',
  },
  FDP_COMPARE_REPORT: {
    status: 409,
    message: 'the report cannot be written: there is something at that path, or no folder for it',
    help: 'name a file that is not there yet',
  },
})
