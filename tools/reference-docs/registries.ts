import { readdirSync } from 'node:fs'
import { relative } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import type { ErrorSpec } from '#kernel'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** One module's errors, as its `errors.ts` (or the kernel) registers them. */
export interface Registry {
  /** `gate`, `adapters/lake-fs`. */
  readonly module: string
  readonly specs: Readonly<Record<string, ErrorSpec>>
}

/** Every registry in src, by module. */
export async function errorRegistries(): Promise<readonly Registry[]> {
  const files = readdirSync(`${root}src`, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && (entry.name === 'errors.ts' || entry.name === 'format.ts'))
    .map((entry) => `${entry.parentPath}/${entry.name}`)
    .sort()
  const registries: Registry[] = []
  for (const file of files) {
    const exported = Object.values((await import(pathToFileURL(file).href)) as Record<string, unknown>)
    for (const each of exported) {
      if (typeof each !== 'function' || !('specs' in each)) continue
      const module = relative(`${root}src`, file).split('/').slice(0, -1).join('/')
      registries.push({ module, specs: each.specs as Registry['specs'] })
    }
  }
  return registries
}
