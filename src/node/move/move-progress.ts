import { existsSync } from 'node:fs'
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type FormatSpec, type Instant, isFdpError, type JsonObject, readFormat, sha256Hex, writeFormat } from '#kernel'
import type { BlobStore } from '#ports'
import { moveErrors } from './errors.ts'

/** How far one object type has come. The place to go on from is in the last page, which is encrypted. */
export interface TypeProgress {
  readonly begun: Instant
  readonly pages: readonly { readonly blob: string; readonly rows: number }[]
  /** Read to the end. */
  readonly ended: boolean
  /** Published or refused here, by the submission of that name. */
  readonly submission: string | null
  /** Edits that were taken back in these pages and have to be made again; null for none. */
  readonly edits: string | null
}

/** `moves/<id>/progress.json` of a tenant. Holds no value and no token. */
export interface MoveProgress extends JsonObject {
  readonly address: string
  readonly ontology: string
  readonly controller: string
  readonly asAt: string
  readonly types: Readonly<Record<string, TypeProgress & JsonObject>>
}

const progressFormat: FormatSpec<MoveProgress> = {
  format: 'openfdp/move-progress',
  version: 1,
  migrations: {},
  check: (document) => {
    const { address, ontology, controller, asAt, types } = document as Partial<MoveProgress>
    const texts = [address, ontology, controller, asAt].every((each) => typeof each === 'string')
    if (!texts || typeof types !== 'object') throw moveErrors('FDP_MOVE_PROGRESS')
    return document as MoveProgress
  },
}

/**
 * What a move keeps between runs: the pages that were read, encrypted under the tenant's keys, and how far each type has
 * come. Each step is durable before the next is asked for.
 */
export class MoveStore {
  readonly pages: BlobStore
  readonly #path: string
  #progress: MoveProgress

  private constructor(pages: BlobStore, path: string, progress: MoveProgress) {
    this.pages = pages
    this.#path = path
    this.#progress = progress
  }

  /** Goes on from what is there, if asked to; else whatever an earlier run kept is thrown away. FDP_MOVE_PROGRESS. */
  static async open(
    tenantFolder: string,
    from: Pick<MoveProgress, 'address' | 'ontology' | 'controller' | 'asAt'>,
    options: { resume: boolean; openBlobs: (folder: string) => Promise<BlobStore> },
  ): Promise<MoveStore> {
    const folder = join(tenantFolder, 'moves', sha256Hex(`${from.address} ${from.ontology}`).slice(0, 16))
    const path = join(folder, 'progress.json')
    const fresh = writeFormat(progressFormat, { ...from, types: {} } as unknown as MoveProgress)
    if (!options.resume) await rm(folder, { recursive: true, force: true })
    await mkdir(folder, { recursive: true, mode: 0o700 })
    const progress = existsSync(path) ? await readProgress(path) : fresh
    return new MoveStore(await options.openBlobs(join(folder, 'pages')), path, progress)
  }

  get progress(): MoveProgress {
    return this.#progress
  }

  type(name: string): TypeProgress | null {
    return this.#progress.types[name] ?? null
  }

  async setType(name: string, type: TypeProgress | null): Promise<void> {
    const { [name]: _, ...others } = this.#progress.types
    await this.#save({ ...this.#progress, types: type === null ? others : { ...others, [name]: { ...type } } } as never)
  }

  /** Throws the pages of a type away, once they were submitted or no longer go on. */
  async dropPages(type: TypeProgress): Promise<void> {
    for (const { blob } of type.pages) if (await this.pages.has(blob)) await this.pages.delete(blob)
  }

  /** Throws away pages that nothing names: of a run that ended between a page and its line. */
  async sweep(): Promise<void> {
    const named = new Set([
      ...Object.values(this.#progress.types).flatMap(({ pages }) => pages.map(({ blob }) => blob)),
      ...Object.values(this.#progress.types).flatMap(({ edits }) => edits ?? []),
    ])
    const unnamed: string[] = []
    for await (const { id } of this.pages.list()) if (!named.has(id)) unnamed.push(id)
    for (const id of unnamed) await this.pages.delete(id)
  }

  async #save(progress: MoveProgress): Promise<void> {
    await writeFile(`${this.#path}.tmp`, `${JSON.stringify(progress)}\n`, { mode: 0o600, flush: true })
    await rename(`${this.#path}.tmp`, this.#path)
    this.#progress = progress
  }
}

async function readProgress(path: string): Promise<MoveProgress> {
  try {
    return readFormat(progressFormat, JSON.parse(await readFile(path, 'utf8')) as JsonObject)
  } catch (error) {
    if (isFdpError(error)) throw error
    throw moveErrors('FDP_MOVE_PROGRESS')
  }
}
