import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { csvReader } from '#adapters/source-csv'
import { readTable, refusalOf } from '../../../test/read-table.ts'
import { type ZipMember, zipFile } from '../../../test/zip-file.ts'
import { zipReader } from './zip-reader.ts'

const reader = zipReader(csvReader)
const canary = 'Canary-Tau'
const rows = `a,b\n1,${canary}\n`
const csv = (name: string, more: Partial<ZipMember> = {}): ZipMember => ({ name, content: rows, ...more })

async function refused(code: string, file: Buffer, part: string | null = null): Promise<void> {
  const refusal = await refusalOf(reader, file, part)
  assert.equal(refusal.code, code, refusal.said)
  assert.doesNotMatch(refusal.said, /Canary/)
}

describe('an archive is refused', () => {
  it('of no file, or of several where none is named that is there', async () => {
    await refused('FDP_ZIP_PARTS', zipFile([]))
    await refused('FDP_ZIP_PARTS', zipFile([{ name: 'folder/', content: '', method: 0 }]))
    await refused('FDP_ZIP_PARTS', zipFile([csv('a.csv'), csv(`${canary}.csv`)]))
    await refused('FDP_ZIP_PARTS', zipFile([csv('a.csv'), csv(`${canary}.csv`)]), 'b.csv')
  })
  it('whose names lead out of its folder, or are there twice', async () => {
    for (const name of [
      `../${canary}.csv`,
      `a/../../${canary}.csv`,
      `/etc/${canary}`,
      `C:/${canary}`,
      `a\\..\\${canary}`,
    ])
      await refused('FDP_ZIP_NAME', zipFile([csv(name)]))
    await refused('FDP_ZIP_NAME', zipFile([csv(canary), csv(canary)]), canary)
  })
  it('that is encrypted, packed in another way, or that says what is not so', async () => {
    await refused('FDP_ZIP_ENCRYPTED', zipFile([csv(canary, { encrypted: true })]))
    await refused('FDP_ZIP_METHOD', zipFile([csv(canary, { method: 12 })]))
    await refused('FDP_ZIP_DAMAGED', zipFile([csv(canary, { checksum: 1 })]))
    await refused('FDP_ZIP_DAMAGED', zipFile([csv(canary, { claimed: 5 })]))
    await refused('FDP_ZIP_DAMAGED', zipFile([csv(canary, { claimed: 5_000 })]))
    await refused('FDP_ZIP_DAMAGED', Buffer.from(rows))
  })
  it('that grows without end when it is unpacked', async () => {
    await refused(
      'FDP_ZIP_EXPANDS',
      zipFile([{ name: 'a.csv', content: Buffer.alloc(20_000_000, `${'x'.repeat(9_999)}\n`) }]),
    )
  })
  it('that holds more files than anybody packs', async () => {
    await refused('FDP_ZIP_FILES_TOO_MANY', zipFile(Array.from({ length: 10_001 }, (_, i) => csv(`${i}`))))
  })
  it('for what its file is refused for', async () => {
    await refused('FDP_CSV_QUOTE_OPEN', zipFile([{ name: 'a.csv', content: `a\n"${canary}` }]))
  })
})

it('the only file of an archive is read, stored or packed; of several the one that is named', async () => {
  for (const method of [0, 8])
    assert.deepEqual((await readTable(reader, zipFile([csv('a.csv', { method })]))).table, [{ a: '1', b: canary }])
  const several = zipFile([csv('readme.txt'), { name: 'in/b.csv', content: 'a\n2\n' }])
  assert.deepEqual((await readTable(reader, several, 'in/b.csv')).table, [{ a: '2' }])
  const western = zipFile([{ name: 'a.csv', content: Buffer.from('name\nSi\xe2n\n', 'latin1') }])
  assert.deepEqual((await readTable(reader, western)).table, [{ name: 'Siân' }])
})
