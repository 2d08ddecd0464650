import { defineErrors } from '#kernel'

export const syntheticErrors = defineErrors({
  FDP_SYNTHETIC_NO_GROUP: {
    status: 400,
    message: 'the file has {cells} cells of a treatment function that no mapping covers',
    help: 'add the function to `products/elective-recovery/reference/treatment-function-groups.csv`',
  },
})
