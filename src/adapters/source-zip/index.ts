/**
 * Zip archives: a file within one as a TabularReader, and as an Archive for formats that are zips inside.
 *
 * Promises: an archive is held in memory as it came, up to a limit; what it holds is unpacked as it is read and never kept;
 * a file may grow to a limit and to so many times its packed size; what disagrees with its directory (sizes, checksum,
 * names twice) or leads out of its folder is refused.
 * Never: writes a file, follows a name to a path, or puts a name into an error.
 */
export { zipErrors } from './errors.ts'
export { openZip } from './open-zip.ts'
export { zipReader } from './zip-reader.ts'
