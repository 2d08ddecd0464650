import { defineErrors } from '#kernel'

export const activityErrors = defineErrors({
  FDP_ACTIVITY_FOLDER: {
    status: 400,
    message: 'the folder holds no file named data-map-lawful-basis-….csv',
    help: 'unpack the published lists of activities there; docs/how-to/keep-the-staff-register.md says which',
  },
  FDP_ACTIVITY_FILE: {
    status: 400,
    message: 'the file {name} cannot be read as a list of activities: {why}',
    help: 'give it as published: UTF-8, separated by commas, with FUNCTION and ACTIVITY in its first line',
  },
})
