import { type FileHandle, open } from 'node:fs/promises'
import type { Difference } from './compare-objects.ts'
import { compareErrors } from './errors.ts'

/**
 * Writes which objects are not the same, one JSON line each, into a new file that its owner alone can read: keys of
 * records are in it. FDP_COMPARE_REPORT.
 */
export class ReportFile implements AsyncDisposable {
  readonly #file: FileHandle | null

  private constructor(file: FileHandle | null) {
    this.#file = file
  }

  static async open(path: string | null): Promise<ReportFile> {
    if (path === null) return new ReportFile(null)
    const file = await open(path, 'wx', 0o600).catch(() => {
      throw compareErrors('FDP_COMPARE_REPORT')
    })
    return new ReportFile(file)
  }

  async write(difference: Difference): Promise<void> {
    await this.#file?.write(`${JSON.stringify(difference)}\n`)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#file?.close()
  }
}
