import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after } from 'node:test'
import { createKeys, openKeys } from '#adapters/keys-file'
import { systemRandom } from '#kernel'
import { keysContract } from './keys.ts'

const folders: string[] = []
after(() => Promise.all(folders.map((folder) => rm(folder, { recursive: true, force: true }))))

keysContract('files', async (tenant) => {
  const base = await mkdtemp(join(tmpdir(), 'fdp-keys-'))
  folders.push(base)
  const folder = join(base, 'keys')
  return { keys: await createKeys(folder, tenant, systemRandom), reopen: () => openKeys(folder, tenant) }
})
