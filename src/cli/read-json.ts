import { readFile, stat } from 'node:fs/promises'
import type { JsonObject } from '#kernel'
import { cliErrors, usage } from './errors.ts'
import type { Scene } from './scene.ts'

const fileBytesMax = 5_000_000

/** A JSON object from a file that was named, or typed as it is. FDP_CLI_NO_FILE, FDP_CLI_USAGE. */
export async function readJsonOption(
  scene: Scene,
  options: { readonly file?: unknown; readonly json?: unknown },
  command: string,
): Promise<JsonObject> {
  const { file, json } = options
  if ((file === undefined) === (json === undefined)) throw usage('give either `--file` or `--json`', command)
  const text = file === undefined ? String(json) : await textOf(scene.path(String(file)), String(file))
  const value = parsed(text)
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw usage('what was given is not one JSON object', command)
  }
  return value as JsonObject
}

async function textOf(path: string, file: string): Promise<string> {
  const size = await stat(path).catch(() => null)
  if (!size?.isFile() || size.size > fileBytesMax) throw cliErrors('FDP_CLI_NO_FILE', { file })
  return await readFile(path, 'utf8')
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
