import assert from 'node:assert/strict'
import { appendFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { systemRandom } from '#kernel'
import { memoryKeys } from '../../test/memory-keys.ts'
import { BackupKeys } from './backup-keys.ts'
import { isSealed, pathOf, sourceOf } from './backup-sources.ts'

test('whatever may hold a person is sealed; what is not known is too', () => {
  const sealed = ['lake/Patient/_controller=RJ1/a.parquet', 'vault/segments/a.segment', 'vault/keys/a.key', 'blobs/a']
  for (const path of [...sealed, 'messages/adt/00000001.log', 'moves/m/pages/a', 'later/than/this'])
    assert.ok(isSealed(path), path)
  const plain = ['ledger/tile/0/000', 'lake/leases.jsonl', 'lake/Patient/manifests/a.json', 'vault/manifests/a.json']
  for (const path of [...plain, 'tenant.json', 'retention.yaml', 'docks/a.yaml', 'messages/adt.yaml', 'witness/a'])
    assert.ok(!isSealed(path), path)
})

test('a log of messages that grows is the same source, one that was written anew is not', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'openfdp-sources-'))
  const path = 'messages/adt/00000001.log'
  await mkdir(join(folder, 'messages/adt'), { recursive: true })
  await writeFile(join(folder, path), systemRandom.bytes(200))
  const source = await sourceOf(folder, path)
  await appendFile(join(folder, path), 'more')
  assert.deepEqual([await sourceOf(folder, path), pathOf(source)], [source, path])
  await writeFile(join(folder, path), systemRandom.bytes(204))
  assert.notEqual(await sourceOf(folder, path), source)
  await rm(folder, { recursive: true })
})

test('a key that is destroyed is gone when the file is opened again, also after the wrapping key was turned', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'openfdp-backup-keys-'))
  const keys = memoryKeys('t')
  const made = await BackupKeys.open(folder, keys, systemRandom)
  const [one] = [made.keyFor('lake/one'), made.keyFor('lake/two')]
  assert.equal(made.keyOf('lake/one'), null, 'not before it is on disk')
  await made.keep({ at: '2026-01-01T00:00:00.000Z' as never, entries: 3, needs: ['lake/one', 'lake/two'] })
  await keys.rotateWrapping()
  const why = async () => ({ entry: 7, because: 'erasure e1' })
  await made.keepNamed(async (source) => source === 'lake/one', why)
  await keys.destroyWrapping(1)
  for (const each of [made, await BackupKeys.open(folder, keys, systemRandom)]) {
    assert.deepEqual(each.keyOf('lake/one'), one)
    assert.deepEqual([each.keyOf('lake/two'), each.destroyed('lake/two')], [null, await why()])
    assert.deepEqual([each.isLastWhole, each.last?.entries], [false, 3])
  }
  await writeFile(join(folder, 'backup.keys'), '{}')
  await assert.rejects(BackupKeys.open(folder, keys, systemRandom), { code: 'FDP_FORMAT_UNKNOWN' })
  await rm(folder, { recursive: true })
})
