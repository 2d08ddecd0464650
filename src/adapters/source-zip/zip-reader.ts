import type { TabularReader } from '#ports'
import { zipErrors } from './errors.ts'
import { openZip } from './open-zip.ts'

/**
 * One file of delimited text in an archive: the only one there is, or the one that is named. `delimited` reads it; its
 * promises hold, once the archive has come whole. Throws FDP_ZIP_*, and what `delimited` throws.
 */
export function zipReader(delimited: TabularReader): TabularReader {
  return {
    hasParts: true,
    async read({ bytes, part, ...rest }) {
      const archive = await openZip(typeof bytes === 'function' ? bytes() : bytes)
      const { names } = archive
      const meant = part ? names.filter(part) : names
      const [name] = meant
      if (name === undefined || meant.length > 1) throw zipErrors('FDP_ZIP_PARTS', { files: names.length })
      return await delimited.read({ ...rest, bytes: () => archive.open(name)! })
    },
  }
}
