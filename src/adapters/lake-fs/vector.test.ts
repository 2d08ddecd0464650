import assert from 'node:assert/strict'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { isFdpError, manualClock, sha256Hex } from '#kernel'
import { openLakeFs } from './index.ts'
import { encodeManifest } from './manifest.ts'

const vector = JSON.parse(await readFile(new URL('../../../spec/lake-vectors.json', import.meta.url), 'utf8'))
const manifest = JSON.parse(vector.manifest.text)

describe('lake format, version 1', () => {
  it('is written to the byte, and named by its hash', () => {
    const { bytes, sha256 } = encodeManifest('RttPeriod', [...manifest.files].reverse())
    assert.equal(Buffer.from(bytes).toString('utf8'), vector.manifest.text)
    assert.equal(sha256, vector.manifest.sha256)
  })

  it('is still read as it was written then; a manifest that cannot be, or of a later version, is refused', async () => {
    const root = await mkdtemp(join(tmpdir(), 'openfdp-vector-'))
    const folder = join(root, 'RttPeriod', 'manifests')
    await mkdir(folder, { recursive: true })
    await writeFile(join(root, 'leases.jsonl'), vector.leases)
    const place = async (text: string) => {
      await writeFile(join(folder, `${sha256Hex(text)}.json`), text)
      return sha256Hex(text)
    }
    const lake = await openLakeFs({ root, clock: manualClock('2026-02-01T09:00:00Z') })
    const version = await lake.version(await place(vector.manifest.text))
    assert.deepEqual([version.object, version.rows, version.files], ['RttPeriod', 7, manifest.files])
    const later = await place(vector.manifest.text.replace('"version":1', '"version":2'))
    await assert.rejects(lake.version(later), (error) => isFdpError(error, 'FDP_FORMAT_NEWER'))
    const spoiled = [
      ['"rows":7', '"rows":8'],
      ['_controller=RJ1', '_controller=../RJ1'],
      ['"RttPeriod"', '".."'],
      ['openfdp/lake-manifest', 'openfdp/other'],
    ] as const
    for (const [from, to] of spoiled) {
      const hash = await place(vector.manifest.text.replace(from, to))
      await assert.rejects(lake.version(hash), (error) => isFdpError(error, 'FDP_LAKE_TAMPERED'), to)
    }
    const leases: number[] = []
    for await (const lease of lake.leases()) leases.push(lease.entry)
    assert.deepEqual(leases, [41])
    await rm(root, { recursive: true, force: true })
  })
})
