import { createReadStream } from 'node:fs'
import { opendir } from 'node:fs/promises'
import { join } from 'node:path'

export interface CanaryHit {
  /** Absolute path of the file, or of the entry whose name holds the canary (then `offset` is null). */
  readonly file: string
  readonly offset: number | null
  readonly canary: string
  /** How the canary was written there: `utf-8`, `base64`, `hex`, … */
  readonly form: string
}

interface Needle {
  readonly canary: string
  readonly form: string
  readonly bytes: Buffer
}

const canaryCharactersMin = 8
const filesMax = 1_000_000
const pieceBytes = 4 << 20
/** Any 8 bytes in a row hold, at one of every 5 positions, a whole group of 4: only those are looked up. */
const groupBytes = 4
const stride = canaryCharactersMin - groupBytes + 1

/**
 * Looks for each canary in every byte and every name under a folder: as UTF-8, reversed, UTF-16 (both orders), spaced
 * as NHS numbers are printed, as a little-endian or big-endian 64-bit number, and each of the texts again in hex (both
 * cases) and in base64 at its three alignments. What is compressed or encrypted is searched as the bytes it is.
 * A canary needs at least 8 characters, or chance would find it. Streams; a file may vanish meanwhile. Each form is
 * reported once a file, at its first place.
 */
export async function findCanaries(folder: string, canaries: readonly string[]): Promise<CanaryHit[]> {
  const needles = canaries.flatMap(formsOf)
  const groups = indexGroups(needles)
  const hits: CanaryHit[] = []
  let files = 0
  for await (const { path, isFile } of walk(folder)) {
    if (++files > filesMax) throw new Error('more files than a canary search looks at')
    const name = Buffer.from(path.slice(folder.length))
    for (const { canary, form, bytes } of needles) {
      if (name.includes(bytes)) hits.push({ file: path, offset: null, canary, form })
    }
    if (isFile) hits.push(...(await searchFile(path, needles, groups)))
  }
  return hits
}

/** Every way of writing one canary that the search knows. */
export function formsOf(canary: string): Needle[] {
  if (canary.length < canaryCharactersMin)
    throw new RangeError(`a canary needs at least ${canaryCharactersMin} characters`)
  const texts: [string, Buffer][] = [
    ['utf-8', Buffer.from(canary, 'utf8')],
    ['reversed', Buffer.from([...canary].reverse().join(''), 'utf8')],
    ['utf-16le', Buffer.from(canary, 'utf16le')],
    ['utf-16be', Buffer.from(canary, 'utf16le').swap16()],
  ]
  if (/^\d{10}$/.test(canary)) {
    for (const gap of [' ', '-']) {
      const printed = [canary.slice(0, 3), canary.slice(3, 6), canary.slice(6)].join(gap)
      texts.push([`spaced with \`${gap}\``, Buffer.from(printed)])
    }
  }
  const forms = texts.flatMap(([form, bytes]): [string, Buffer][] => [
    [form, bytes],
    [`hex of ${form}`, Buffer.from(bytes.toString('hex'))],
    [`upper-case hex of ${form}`, Buffer.from(bytes.toString('hex').toUpperCase())],
    ...base64Forms(form, bytes),
  ])
  return [...forms, ...numberForms(canary)].map(([form, bytes]) => ({ canary, form, bytes }))
}

/** Base64 of a text inside other text depends on where it begins modulo 3; the letters at its edges are shared. */
function base64Forms(form: string, bytes: Buffer): [string, Buffer][] {
  return [0, 1, 2].flatMap((shift): [string, Buffer][] => {
    const whole = Math.floor((shift + bytes.length) / 3) * 3
    const padded = Buffer.concat([Buffer.alloc(shift), bytes]).subarray(0, whole)
    const inner = padded.toString('base64').slice(shift === 0 ? 0 : 4)
    const url = inner.replaceAll('+', '-').replaceAll('/', '_')
    const found: [string, Buffer][] = [[`base64 of ${form}`, Buffer.from(inner)]]
    return url === inner ? found : [...found, [`base64url of ${form}`, Buffer.from(url)]]
  })
}

/** As a column of numbers would hold it. Only numbers that do not fit in 4 bytes: shorter ones occur by chance. */
function numberForms(canary: string): [string, Buffer][] {
  if (!/^[1-9]\d{9,17}$/.test(canary) || BigInt(canary) <= 0xffff_ffffn) return []
  const bytes = Buffer.alloc(8)
  bytes.writeBigInt64LE(BigInt(canary))
  return [
    ['64-bit number, little-endian', bytes],
    ['64-bit number, big-endian', Buffer.from(bytes).reverse()],
  ]
}

interface Groups {
  /** One byte for each hash of a group: 1 if some needle holds such a group. */
  readonly present: Uint8Array
  readonly needles: ReadonlyMap<number, readonly { readonly needle: Needle; readonly at: number }[]>
}

function indexGroups(needles: readonly Needle[]): Groups {
  const present = new Uint8Array(1 << 16)
  const found = new Map<number, { needle: Needle; at: number }[]>()
  for (const needle of needles) {
    for (let at = 0; at < stride; at++) {
      const group = needle.bytes.readInt32LE(at)
      present[hashOf(group)] = 1
      found.set(group, [...(found.get(group) ?? []), { needle, at }])
    }
  }
  return { present, needles: found }
}

function hashOf(group: number): number {
  return Math.imul(group, 0x9e37_79b1) >>> 16
}

async function searchFile(path: string, needles: readonly Needle[], groups: Groups): Promise<CanaryHit[]> {
  const found = new Map<Needle, number>()
  const overlap = Math.max(...needles.map((needle) => needle.bytes.length)) - 1
  let tail: Buffer = Buffer.alloc(0)
  let position = 0
  try {
    for await (const piece of createReadStream(path, { highWaterMark: pieceBytes })) {
      const window = Buffer.concat([tail, piece as Buffer])
      for (const { needle, at } of searchWindow(window, groups)) {
        if (!found.has(needle)) found.set(needle, position - tail.length + at)
      }
      position += (piece as Buffer).length
      tail = window.subarray(Math.max(0, window.length - overlap))
    }
  } catch (error) {
    if (!isGone(error)) throw error
  }
  return [...found].map(([{ canary, form }, offset]) => ({ file: path, offset, canary, form }))
}

function* searchWindow(window: Buffer, groups: Groups): Generator<{ needle: Needle; at: number }> {
  for (let p = 0; p + groupBytes <= window.length; p += stride) {
    const group = window[p]! | (window[p + 1]! << 8) | (window[p + 2]! << 16) | (window[p + 3]! << 24)
    if (groups.present[hashOf(group)] === 0) continue
    for (const { needle, at } of groups.needles.get(group) ?? []) {
      const start = p - at
      const end = start + needle.bytes.length
      if (start >= 0 && end <= window.length && window.subarray(start, end).equals(needle.bytes)) {
        yield { needle, at: start }
      }
    }
  }
}

async function* walk(folder: string): AsyncGenerator<{ path: string; isFile: boolean }> {
  const entries = await opendir(folder).catch((error) => {
    if (isGone(error)) return []
    throw error
  })
  for await (const entry of entries) {
    const path = join(folder, entry.name)
    yield { path, isFile: entry.isFile() }
    if (entry.isDirectory()) yield* walk(path)
  }
}

function isGone(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT'
}
