import { existsSync } from 'node:fs'
import type { TestContext } from 'node:test'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../../shared/', import.meta.url))

/** Absolute path of published reference data beside the project; it may be absent. */
export function sharedPath(relative: string): string {
  return `${root}${relative}`
}

/** Skips loudly where the reference data are absent; in CI their absence is a failure. Returns true if skipped. */
export function skipWithoutShared(t: TestContext): boolean {
  if (existsSync(`${root}README.md`)) return false
  if (process.env.CI) throw new Error('the reference data folder `../shared` is missing in CI')
  t.skip('SKIPPED LOUDLY: the reference data folder `../shared` is not beside the project')
  return true
}
