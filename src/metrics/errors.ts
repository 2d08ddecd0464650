import { defineErrors } from '#kernel'

export const fail = defineErrors({
  FDP_METRICS_DECLARATION: {
    status: 400,
    message: '{file}:{line}: {problem}',
    help: '{help}',
  },
  FDP_METRICS_UNKNOWN_CHOICE: {
    status: 400,
    message: 'the metric `{metric}` has no {what} called `{given}`',
    help: '{suggestion}choose from: {known}',
  },
  FDP_METRICS_BAD_PERIOD: {
    status: 400,
    message: 'a period is a month such as 2026-01',
    help: 'write the year, a hyphen and the month with two digits: `--period 2026-01`',
  },
  FDP_METRICS_NO_FILE: {
    status: 404,
    message: 'there is no file `{name}` that can be read',
    help: 'check the path and its permissions',
  },
  FDP_METRICS_NOT_AN_RTT_FILE: {
    status: 400,
    message: '`{name}` is not the full CSV file of the RTT statistics: {problem}',
    help: 'download the file called "Full CSV data file" of the month, and give it as it is, zipped or not',
  },
  FDP_METRICS_ZIP: {
    status: 400,
    message: 'the archive `{name}` cannot be used: {problem}',
    help: 'give an archive that holds exactly one .csv file, or the .csv file itself',
  },
  FDP_METRICS_PERIOD_MISSING: {
    status: 400,
    message: 'the published file holds no cell of {part} for {period}',
    help: 'give the file of the same month as the metric, or another `--period`',
  },
  FDP_METRICS_PROFILE_POLICY: {
    status: 403,
    message: 'a profile of `{object}` would pass `{policy}`, and is published only under `{needed}`',
    help: 'ask an officer of the controller for a grant of the profile service that names `{needed}`',
  },
})
