import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after } from 'node:test'
import { openFileBlobs } from '#adapters/blobs-fs'
import { createKeys } from '#adapters/keys-file'
import { systemRandom } from '#kernel'
import { blobStoreContract } from './blob-store.ts'

const folders: string[] = []
after(() => Promise.all(folders.map((folder) => rm(folder, { recursive: true, force: true }))))

blobStoreContract('files', async () => {
  const base = await mkdtemp(join(tmpdir(), 'fdp-blobs-'))
  folders.push(base)
  const keys = await createKeys(join(base, 'keys'), 'rj1', systemRandom)
  return await openFileBlobs(join(base, 'blobs'), keys, systemRandom)
})
