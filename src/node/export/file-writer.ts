import { createHash } from 'node:crypto'
import { type FileHandle, mkdir, open } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { ExportedFile } from './export-manifest.ts'

const bufferBytesMax = 1024 * 1024

/** Writes one file of an export, readable by its owner alone, hashed on its way; it may not be there before. */
export class FileWriter implements AsyncDisposable {
  readonly path: string
  readonly #handle: FileHandle
  readonly #hash = createHash('sha256')
  #pending: string[] = []
  #pendingBytes = 0
  #bytes = 0

  private constructor(path: string, handle: FileHandle) {
    this.path = path
    this.#handle = handle
  }

  static async open(folder: string, path: string): Promise<FileWriter> {
    const target = join(folder, path)
    await mkdir(dirname(target), { recursive: true, mode: 0o700 })
    return new FileWriter(path, await open(target, 'wx', 0o600))
  }

  async write(text: string): Promise<void> {
    this.#pending.push(text)
    this.#pendingBytes += text.length
    if (this.#pendingBytes >= bufferBytesMax) await this.#flush()
  }

  /** Resolves when the bytes are on stable storage. */
  async end(): Promise<ExportedFile> {
    await this.#flush()
    await this.#handle.sync()
    await this.#handle.close()
    return { path: this.path, bytes: this.#bytes, sha256: this.#hash.digest('hex') }
  }

  /** Gives it up, unless it has ended. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#handle.close().catch(() => {})
  }

  async #flush(): Promise<void> {
    const bytes = Buffer.from(this.#pending.join(''), 'utf8')
    this.#pending = []
    this.#pendingBytes = 0
    this.#hash.update(bytes)
    this.#bytes += bytes.length
    await this.#handle.writeFile(bytes)
  }
}

/** A whole small file. */
export async function writeText(folder: string, path: string, text: string): Promise<ExportedFile> {
  await using file = await FileWriter.open(folder, path)
  await file.write(text)
  return await file.end()
}

/** One JSON document a line. */
export async function writeJsonLines(
  folder: string,
  path: string,
  lines: AsyncIterable<unknown> | Iterable<unknown>,
): Promise<ExportedFile> {
  await using file = await FileWriter.open(folder, path)
  for await (const line of lines) await file.write(`${JSON.stringify(line)}\n`)
  return await file.end()
}
