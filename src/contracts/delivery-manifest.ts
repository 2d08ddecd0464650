import { contractErrors } from './errors.ts'

/** A file as its sender describes it. */
export interface ManifestFile {
  readonly name: string
  /** 64 hexadecimal digits, lower case. */
  readonly sha256: string
  readonly bytes: number | null
  readonly rows: number | null
}

export interface Manifest {
  /** Whether the delivery is all that there is, or what came since the one before; null: it does not say. */
  readonly extent: 'whole' | 'partial' | null
  readonly files: readonly ManifestFile[]
}

export interface ManifestIssue {
  readonly name: string
  readonly what: 'missing' | 'unlisted' | 'other bytes' | 'other content' | 'other rows'
}

const charactersMax = 1_000_000
const filesMax = 1_000
const fields = ['name', 'sha256', 'bytes', 'rows'] as const
type Fields = Readonly<Partial<Record<(typeof fields)[number], unknown>>>

/**
 * The files of a delivery: JSON (a list, or `files` of an object, which may also say its `extent`) or CSV with a heading,
 * without quotes. Throws FDP_CONTRACTS_MANIFEST with the position of a file, never its name.
 */
export function parseManifest(text: string): Manifest {
  if (text.length > charactersMax) throw wrong('it is too long')
  const bare = text.replace(/^\ufeff/, '').trim()
  const { files: listed, extent } = /^[[{]/.test(bare) ? ofJson(bare) : { files: ofCsv(bare), extent: null }
  if (listed.length === 0) throw wrong('it lists no file')
  if (listed.length > filesMax) throw wrong(`it lists more than ${filesMax} files`)
  const files = listed.map(fileOf)
  const twice = files.findIndex(({ name }, i) => files.findIndex((file) => file.name === name) < i)
  if (twice >= 0) throw wrong(`file ${twice + 1} is listed twice`)
  return { extent, files }
}

/** What of a delivery is not as its manifest says. `rows` null: not counted, and not compared. */
export function checkManifest(
  manifest: readonly ManifestFile[],
  delivered: readonly ManifestFile[],
): readonly ManifestIssue[] {
  const there = new Map(delivered.map((file) => [file.name, file]))
  const listed = new Set(manifest.map(({ name }) => name))
  const differs = (said: number | null, found: number | null) => said !== null && found !== null && said !== found
  const issues = manifest.flatMap(({ name, sha256, bytes, rows }): ManifestIssue[] => {
    const file = there.get(name)
    if (!file) return [{ name, what: 'missing' }]
    if (differs(bytes, file.bytes)) return [{ name, what: 'other bytes' }]
    if (sha256 !== file.sha256) return [{ name, what: 'other content' }]
    return differs(rows, file.rows) ? [{ name, what: 'other rows' }] : []
  })
  const unlisted = delivered.filter(({ name }) => !listed.has(name))
  return [...issues, ...unlisted.map(({ name }) => ({ name, what: 'unlisted' }) as const)]
}

function ofJson(text: string): { readonly files: readonly unknown[]; readonly extent: Manifest['extent'] } {
  let parsed: unknown
  try {
    parsed = JSON.parse(text)
  } catch {
    throw wrong('it is no JSON')
  }
  const { files, extent = null } = Array.isArray(parsed)
    ? { files: parsed }
    : (parsed as { files?: unknown; extent?: unknown })
  if (!Array.isArray(files)) throw wrong('it has no list of files')
  if (extent !== null && extent !== 'whole' && extent !== 'partial') throw wrong('its extent is not whole or partial')
  return { files, extent }
}

function ofCsv(text: string): readonly Fields[] {
  const [heading = '', ...lines] = text.split(/\r\n|\r|\n/)
  const names = heading.split(',').map((name) => name.trim().toLowerCase())
  if (text.includes('"') || !names.includes('name') || new Set(names).size < names.length)
    throw wrong('it is neither JSON nor CSV with headings and without quotes')
  return lines.map((line, i) => {
    const values = line.split(',').map((value) => value.trim())
    if (values.length !== names.length) throw wrong(`line ${i + 2} has more or fewer fields than the heading`)
    return Object.fromEntries(fields.map((field) => [field, values[names.indexOf(field)] ?? '']))
  })
}

function fileOf(listed: unknown, index: number): ManifestFile {
  const { name, sha256, bytes, rows } = (typeof listed === 'object' && listed !== null ? listed : {}) as Fields
  const isName = typeof name === 'string' && /^[^/\\\p{Cc}]{1,255}$/u.test(name) && name !== '.' && name !== '..'
  if (!isName) throw wrong(`file ${index + 1} has no name, or a path`)
  if (typeof sha256 !== 'string' || !/^[0-9a-f]{64}$/i.test(sha256)) throw wrong(`file ${index + 1} has no SHA-256`)
  return { name, sha256: sha256.toLowerCase(), bytes: count(bytes, index), rows: count(rows, index) }
}

function count(value: unknown, index: number): number | null {
  if (value === undefined || value === null || value === '') return null
  const number = typeof value === 'string' && /^\d{1,15}$/.test(value) ? Number(value) : value
  if (typeof number !== 'number' || !Number.isSafeInteger(number) || number < 0)
    throw wrong(`file ${index + 1} has a count that is no number`)
  return number
}

function wrong(problem: string): Error {
  return contractErrors('FDP_CONTRACTS_MANIFEST', { problem })
}
