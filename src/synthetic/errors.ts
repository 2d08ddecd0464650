import { defineErrors } from '#kernel'

export const syntheticErrors = defineErrors({
  FDP_SYNTHETIC_NO_GROUP: {
    status: 400,
    message: 'the file has {cells} cells of a treatment function that no mapping covers',
    help: 'add the function to `products/elective-recovery/reference/treatment-function-groups.csv`',
  },
  FDP_SYNTHETIC_NO_HOSPITAL: {
    status: 404,
    message: 'no hospital with a system of its own is at that tenant; there are {known}',
    help: 'run `./fdp synth epr alder-vale`',
  },
  FDP_SYNTHETIC_HOSPITAL_DAY: {
    status: 400,
    message: 'the hospital’s system was opened on {opened}, and knows nothing of days before',
    help: 'name a later day with `--day`',
  },
  FDP_SYNTHETIC_HOSPITAL_DECLARED: {
    status: 422,
    message: 'in `{file}` of the tenant, `{where}` cannot be read, by which its hospital’s system is found',
    help: 'mend the line, or delete the file and start again with `npm start -- --epr`',
  },
})
