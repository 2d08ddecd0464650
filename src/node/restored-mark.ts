import { existsSync } from 'node:fs'
import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

/** `restored.json`: the tenant came out of a backup and nobody has yet confirmed that its ledger is the latest. */
const name = 'restored.json'

export async function markRestored(folder: string): Promise<void> {
  await writeFile(join(folder, name), `${JSON.stringify({ format: 'openfdp/restored', version: 1 })}\n`, {
    flush: true,
  })
}

export function isRestored({ folder }: { readonly folder: string }): boolean {
  return existsSync(join(folder, name))
}

export async function clearRestored({ folder }: { readonly folder: string }): Promise<void> {
  await rm(join(folder, name), { force: true })
}
