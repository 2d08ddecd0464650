import { defineErrors } from '#kernel'

export const blobErrors = defineErrors({
  FDP_BLOB_TAMPERED: {
    status: 500,
    message: 'blob {id} is not what was stored',
    help: 'run `./fdp doctor`, then restore the blob from a backup; if its wrapping key was destroyed it is gone',
  },
  FDP_BLOB_MISSING: {
    status: 404,
    message: 'there is no blob {id}',
    help: 'submit the file again, or restore the blob from a backup',
  },
  FDP_BLOB_TOO_LARGE: {
    status: 413,
    message: 'the content is larger than {bytesMax} bytes',
    help: 'split the file and submit the parts one after another',
  },
})
