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

const listMax = 100

/** A list of JSON objects from a file that was named, one at least. FDP_CLI_NO_FILE, FDP_CLI_USAGE, FDP_CLI_TO_COMPLETE. */
export async function readJsonList(scene: Scene, file: string, command: string): Promise<readonly JsonObject[]> {
  const value = parsed(await textOf(scene.path(file), file))
  const isList = Array.isArray(value) && value.length > 0 && value.length <= listMax
  if (!isList || value.some((each) => typeof each !== 'object' || each === null))
    throw usage(`\`${file}\` is no JSON list of 1 to ${listMax} objects`, command)
  return value as readonly JsonObject[]
}

/** What the files of a starter say where somebody has something to say. */
const toComplete = 'TO COMPLETE'

async function textOf(path: string, file: string): Promise<string> {
  const size = await stat(path).catch(() => null)
  if (!size?.isFile() || size.size > fileBytesMax) throw cliErrors('FDP_CLI_NO_FILE', { file })
  const text = await readFile(path, 'utf8')
  const lines = text.split('\n').flatMap((line, i) => (line.includes(toComplete) ? [i + 1] : []))
  if (lines.length > 0) throw cliErrors('FDP_CLI_TO_COMPLETE', { file, lines: lines.slice(0, 20).join(', ') })
  return text
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
