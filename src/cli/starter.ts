import { existsSync, readdirSync } from 'node:fs'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../../starters/', import.meta.url))

/** What begins a tenant's governance, as files to be completed and signed: the folders of `starters`. */
export const starters: readonly string[] = readdirSync(root).sort()

/**
 * Writes the files of a starter into a folder, with the words of this tenant in the places that they name (`{{ods}}`). A
 * file that is there is left as it is: somebody may have worked in it. Gives the names of those written.
 */
export async function writeStarter(
  starter: string,
  folder: string,
  words: Readonly<Record<string, string>>,
): Promise<readonly string[]> {
  await mkdir(folder, { recursive: true })
  const written: string[] = []
  for (const name of readdirSync(join(root, starter)).sort()) {
    if (existsSync(join(folder, name))) continue
    const text = await readFile(join(root, starter, name), 'utf8')
    // Within the quotes of a text of JSON.
    const said = text.replace(/\{\{([A-Za-z.]+)\}\}/g, (_, word: string) => JSON.stringify(words[word]).slice(1, -1))
    await writeFile(join(folder, name), said)
    written.push(name)
  }
  return written
}
