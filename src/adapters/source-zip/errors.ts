import { defineErrors } from '#kernel'

export const zipErrors = defineErrors({
  FDP_ZIP_TOO_LARGE: {
    status: 422,
    message: 'the archive has more than {max} bytes',
    help: 'send the file without the archive, or in several submissions',
  },
  FDP_ZIP_DAMAGED: {
    status: 422,
    message: 'the archive is no zip, cut off or damaged{place}',
    help: 'open it where it comes from, save it anew without a password, and send it again whole',
  },
  FDP_ZIP_ENCRYPTED: {
    status: 422,
    message: 'file {position} of the archive is encrypted',
    help: 'send it without a password: it is encrypted here before it is kept',
  },
  FDP_ZIP_METHOD: {
    status: 422,
    message: 'file {position} of the archive is packed by a method that is not read here',
    help: 'pack it anew with the ordinary method (deflate)',
  },
  FDP_ZIP_NAME: {
    status: 422,
    message: 'the archive holds a file whose name leads out of its folder, or two of one name',
    help: 'pack the file alone, without folders',
  },
  FDP_ZIP_FILES_TOO_MANY: {
    status: 422,
    message: 'the archive holds more than {max} files',
    help: 'pack the file alone',
  },
  FDP_ZIP_EXPANDS: {
    status: 422,
    message: 'file {position} of the archive grows beyond the limit when it is unpacked, after {bytes} bytes',
    help: 'send the file without the archive',
  },
  FDP_ZIP_PARTS: {
    status: 422,
    message: 'the archive holds {files} files, and none was named that is there',
    help: 'name the one that is meant with `--part`, as it stands in the archive, or pack it alone',
  },
})
