import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join, relative, sep } from 'node:path'
import { fail } from './errors.ts'

const filesMax = 500
const bytesMax = 1_000_000

/** Text of every declaration in a folder by its path with `/`. Links are not followed. */
export type ProductFiles = ReadonlyMap<string, string>

/** Reads a product folder whole. Throws FDP_PRODUCTS_NO_FOLDER, FDP_PRODUCTS_TOO_LARGE. */
export function readProductFolder(folder: string): ProductFiles {
  const name = folder.split(/[\\/]/).at(-1) ?? ''
  if (!existsSync(join(folder, 'product.yaml'))) throw fail('FDP_PRODUCTS_NO_FOLDER', { name })
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.(yaml|sql|csv|md)$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
  if (entries.length > filesMax || entries.some((path) => statSync(path).size > bytesMax)) {
    throw fail('FDP_PRODUCTS_TOO_LARGE', { name, filesMax, bytesMax })
  }
  return new Map(entries.map((path) => [relative(folder, path).split(sep).join('/'), readFileSync(path, 'utf8')]))
}
