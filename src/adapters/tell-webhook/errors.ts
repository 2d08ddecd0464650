import { defineErrors } from '#kernel'

export const webhookErrors = defineErrors({
  FDP_WEBHOOK_SETTINGS: {
    status: 400,
    message: 'a webhook is not declared right: {what}',
    help: 'mend its file in the folder `connections` of the tenant; docs/reference/connections.md says what each line means',
  },
  FDP_WEBHOOK_NOT_TAKEN: {
    status: 503,
    message: 'a webhook did not take a notice: {what}',
    help: 'see whether the other program runs and knows the secret; the notice is sent again',
  },
})
