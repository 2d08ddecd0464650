import { defineErrors } from '#kernel'

export const emailErrors = defineErrors({
  FDP_EMAIL_SETTINGS: {
    status: 400,
    message: 'an email connection is not declared right: {what}',
    help: 'mend its file in the folder `connections` of the tenant; docs/reference/connections.md says what each line means',
  },
  FDP_EMAIL_NOT_TAKEN: {
    status: 503,
    message: 'the mail server did not take a notice: {what}',
    help: 'see whether the mail server runs, and knows sender, recipients and password; the notice is sent again',
  },
})
