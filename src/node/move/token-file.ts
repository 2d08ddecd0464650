import { readFile, stat } from 'node:fs/promises'
import { moveErrors } from './errors.ts'

const charactersMax = 20_000

/** A bearer token from a file that its owner alone can read. FDP_MOVE_TOKEN_FILE. */
export async function readTokenFile(path: string): Promise<string> {
  const found = await stat(path).catch(() => null)
  if (!found?.isFile()) throw moveErrors('FDP_MOVE_TOKEN_FILE', { what: 'there is none at that path' })
  if ((found.mode & 0o077) !== 0) throw moveErrors('FDP_MOVE_TOKEN_FILE', { what: 'others can read it' })
  if (found.size > charactersMax) throw moveErrors('FDP_MOVE_TOKEN_FILE', { what: 'it holds more than a token' })
  const token = (await readFile(path, 'utf8')).trim()
  if (!/^[\x21-\x7e]+$/.test(token)) throw moveErrors('FDP_MOVE_TOKEN_FILE', { what: 'it holds no token' })
  return token
}
