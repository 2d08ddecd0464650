import { readdir, readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { isMissing, makeFolder, syncFolder, writeDurably } from '#files'
import { isFdpError, type JsonObject, readFormat, sha256Hex } from '#kernel'
import type { LakeFile, LakeVersion } from '#ports'
import { lakeError } from './errors.ts'
import { encodeManifest, manifestFormat, toVersion } from './manifest.ts'

const cachedVersionsMax = 1_024

/** Manifests on disk, and those read lately in memory; a manifest never changes. */
export class Versions {
  readonly #root: string
  readonly #cached = new Map<string, LakeVersion>()

  constructor(root: string) {
    this.#root = root
  }

  async write(object: string, files: readonly LakeFile[]): Promise<LakeVersion> {
    const { bytes, sha256 } = encodeManifest(object, files)
    const path = join(this.#root, manifestPath(object, sha256))
    await makeFolder(dirname(path))
    await writeDurably(path, join(this.#root, '.staging', `${sha256}.json`), bytes)
    // A crash may have left folders of an earlier run whose names were not flushed.
    await syncFolder(join(this.#root, object))
    await syncFolder(this.#root)
    return this.read(sha256)
  }

  /** FDP_LAKE_VERSION_UNKNOWN if there is none, FDP_LAKE_TAMPERED if its bytes do not have its hash. */
  async get(manifestSha256: string): Promise<LakeVersion> {
    return this.#cached.get(manifestSha256) ?? (await this.read(manifestSha256))
  }

  /** As `get`, from disk whatever is remembered. */
  async read(manifestSha256: string): Promise<LakeVersion> {
    if (!/^[0-9a-f]{64}$/.test(manifestSha256)) throw lakeError('FDP_LAKE_VERSION_UNKNOWN')
    for (const object of await this.objects()) {
      const path = manifestPath(object, manifestSha256)
      const bytes = await readFile(join(this.#root, path)).catch(missingAsNull)
      if (bytes === null) continue
      const version = decode(bytes, path, manifestSha256)
      this.#remember(version)
      return version
    }
    throw lakeError('FDP_LAKE_VERSION_UNKNOWN')
  }

  /** Object types that have a folder. */
  async objects(): Promise<string[]> {
    return (await foldersIn(this.#root)).filter((name) => !name.startsWith('.'))
  }

  /** Relative paths of the manifests of some versions and of all their files. */
  async pathsOf(manifests: readonly string[]): Promise<Set<string>> {
    const paths = new Set<string>()
    for (const manifest of manifests) {
      const version = await this.get(manifest)
      paths.add(manifestPath(version.object, manifest))
      for (const file of version.files) paths.add(file.path)
    }
    return paths
  }

  /** Every manifest and file in place, manifests first: a sweep cut short leaves no manifest without its files. */
  async sealedPaths(): Promise<string[]> {
    const paths: string[] = []
    for (const object of await this.objects()) {
      for (const folder of (await foldersIn(join(this.#root, object))).sort().reverse()) {
        for (const name of await readdir(join(this.#root, object, folder))) paths.push(`${object}/${folder}/${name}`)
      }
    }
    return paths
  }

  forgetAll(): void {
    this.#cached.clear()
  }

  #remember(version: LakeVersion): void {
    this.#cached.set(version.manifestSha256, version)
    const oldest = this.#cached.keys().next().value
    if (this.#cached.size > cachedVersionsMax && oldest !== undefined) this.#cached.delete(oldest)
  }
}

export function missingAsNull(error: unknown): null {
  if (isMissing(error)) return null
  throw error
}

function decode(bytes: Buffer, path: string, manifestSha256: string): LakeVersion {
  const tampered = { what: 'manifest', path }
  if (sha256Hex(bytes) !== manifestSha256) throw lakeError('FDP_LAKE_TAMPERED', tampered)
  try {
    const manifest = readFormat(manifestFormat, JSON.parse(bytes.toString('utf8')) as JsonObject)
    return toVersion(manifest, manifestSha256)
  } catch (error) {
    throw isFdpError(error, 'FDP_FORMAT_NEWER') ? error : lakeError('FDP_LAKE_TAMPERED', tampered)
  }
}

function manifestPath(object: string, sha256: string): string {
  return `${object}/manifests/${sha256}.json`
}

async function foldersIn(path: string): Promise<string[]> {
  const entries = await readdir(path, { withFileTypes: true })
  return entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name)
}
