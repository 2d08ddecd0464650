import { defineErrors } from '#kernel'

export const dropErrors = defineErrors({
  FDP_DROP_UNREACHABLE: {
    status: 503,
    message: 'the folder that files are dropped into cannot be looked at',
    help: 'check that it is there, mounted, and readable by whoever the node runs as',
  },
  FDP_DROP_NAME: {
    status: 400,
    message: 'that is not the name of a file in a drop',
    help: 'name a file of the folder itself, without a path',
  },
})
