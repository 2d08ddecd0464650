import { existsSync } from 'node:fs'
import { mkdir, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { stringify } from 'yaml'
import { parseConfig, readConfig } from '../config.ts'
import { nodeErrors } from '../errors.ts'

/** Settings as they stand in `fdp.yaml`: sections of names and values. */
export type Settings = Readonly<Record<string, Readonly<Record<string, unknown>>>>

/**
 * Whether a `fdp.yaml` is there, which then says all of this. Throws FDP_NODE_SETTINGS_DIFFER where it says otherwise, and
 * FDP_NODE_CONFIG where these settings, or those of the file, cannot be.
 */
export function checkSettings(home: string, settings: Settings): boolean {
  parseConfig(stringify(settings))
  if (!existsSync(join(home, 'fdp.yaml'))) return false
  const there = readConfig(home) as unknown as Settings
  for (const [section, values] of Object.entries(settings)) {
    for (const [name, value] of Object.entries(values)) {
      if (JSON.stringify(there[section]?.[name]) !== JSON.stringify(value))
        throw nodeErrors('FDP_NODE_SETTINGS_DIFFER', { where: `${section}.${name}` })
    }
  }
  return true
}

/** Writes `fdp.yaml`, whole or not at all. */
export async function writeSettings(home: string, settings: Settings): Promise<void> {
  await mkdir(home, { recursive: true, mode: 0o700 })
  const path = join(home, 'fdp.yaml')
  const said = `# Every setting: docs/reference/configuration.md\n${stringify(settings)}`
  await writeFile(`${path}.tmp`, said, { mode: 0o600, flush: true })
  await rename(`${path}.tmp`, path)
}
