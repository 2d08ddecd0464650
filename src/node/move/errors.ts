import { defineErrors } from '#kernel'

export const moveErrors = defineErrors({
  FDP_MOVE_NOTHING: {
    status: 404,
    message:
      'there is no object type to move: the other server shows none that you may submit here and that was asked for',
    help: 'check `--types`, the token’s rights there and your grants to submit here; `./fdp contract list` names the types',
  },
  FDP_MOVE_LEVEL: {
    status: 403,
    message: 'the token sees no identity of patients there: keys would be tokens of a purpose, and no patient’s own',
    help: 'move with a token for a purpose that reads everything at identifiable level',
  },
  FDP_MOVE_OTHER: {
    status: 409,
    message: 'what was begun from there is for the controller `{controller}` as at {asAt}',
    help: 'give the same `--controller` and `--as-at`, or leave both out; without `--resume` everything begins anew',
  },
  FDP_MOVE_PROGRESS: {
    status: 500,
    message: 'how far the move had come cannot be read',
    help: 'run the command without `--resume`: it begins anew; what was published stays',
  },
  FDP_MOVE_INCOMPLETE: {
    status: 409,
    message: '{types} object types did not come over whole',
    help: 'the lines above say why; mend it and run the same command with `--resume`',
  },
  FDP_MOVE_TOKEN_FILE: {
    status: 400,
    message: 'the token file cannot be used: {what}',
    help: 'write the bearer token alone into a file that only you can read: `chmod 600 token.txt`',
  },
})
