import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { crc32, deflateRawSync } from 'node:zlib'
import type { Source } from '#ports'
import { officialFileSource } from './official-file.ts'
import { publishedHeader } from './official-layout.ts'
import { readOfficialHead } from './preamble.ts'

let folder: string
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fdp-official-'))
})
after(async () => await rm(folder, { recursive: true }))

const header = publishedHeader(52).join(',')
const body = `${header}\nRTT-MARCH-2020,QE1,x,RJ1\n`

/** A zip archive, written by hand so that it may lie. `claimed`: the size it gives for a file. */
function zip(files: readonly { name: string; content: Buffer; claimed?: number; checksum?: number }[]): Buffer {
  const local: Buffer[] = []
  const central: Buffer[] = []
  let offset = 0
  for (const { name, content, claimed = content.length, checksum = crc32(content) } of files) {
    const packed = deflateRawSync(content)
    const fields = Buffer.alloc(26)
    fields.writeUInt16LE(20, 0)
    fields.writeUInt16LE(8, 4)
    fields.writeUInt32LE(checksum, 10)
    fields.writeUInt32LE(packed.length, 14)
    fields.writeUInt32LE(claimed, 18)
    fields.writeUInt16LE(name.length, 22)
    const entry = Buffer.concat([Buffer.from('PK\x03\x04', 'latin1'), fields, Buffer.from(name), packed])
    const place = Buffer.alloc(14)
    place.writeUInt32LE(offset, 10)
    central.push(Buffer.concat([Buffer.from('PK\x01\x02\x14\x00', 'latin1'), fields, place, Buffer.from(name)]))
    local.push(entry)
    offset += entry.length
  }
  const directory = Buffer.concat(central)
  const end = Buffer.alloc(18)
  end.writeUInt16LE(files.length, 4)
  end.writeUInt16LE(files.length, 6)
  end.writeUInt32LE(directory.length, 8)
  end.writeUInt32LE(offset, 12)
  return Buffer.concat([...local, directory, Buffer.from('PK\x05\x06', 'latin1'), end])
}

async function source(name: string, content: Buffer | string): Promise<Source> {
  const path = join(folder, name)
  await writeFile(path, content)
  return await officialFileSource(path)
}

async function textOf(from: Source): Promise<string> {
  const chunks: Uint8Array[] = []
  for await (const chunk of from.open()) chunks.push(chunk)
  return Buffer.concat(chunks).toString()
}

const csv = (name = 'month.csv') => ({ name, content: Buffer.from(body) })

test('archives that are not one .csv, or not whole, are refused', async () => {
  const refused = async (content: Buffer, problem: RegExp) =>
    assert.rejects(
      async () => textOf(await source('a.zip', content)),
      (error: Error) => /FDP_METRICS_ZIP/.test((error as Error & { code: string }).code) && problem.test(error.message),
    )
  await refused(Buffer.from('no archive'), /damaged/)
  await refused(zip([{ name: 'readme.txt', content: Buffer.from('x') }]), /0 \.csv/)
  await refused(zip([csv('a.csv'), csv('b.csv')]), /2 \.csv/)
  await refused(
    zip(Array.from({ length: 21 }, (_, i) => ({ name: `${i}.txt`, content: Buffer.from('x') }))),
    /more than 20/,
  )
  await refused(zip([{ name: 'a.csv', content: Buffer.alloc(10_000_000) }]), /grow beyond/)
  await refused(zip([{ ...csv(), claimed: body.length - 5 }]), /damaged/)
  await refused(zip([{ ...csv(), claimed: body.length + 5 }]), /damaged/)
  await refused(zip([csv()]).subarray(0, 200), /damaged/)
  await refused(zip([{ ...csv(), checksum: 1 }]), /damaged/)
})

test('a file that is not there is refused by its name only', async () => {
  await assert.rejects(officialFileSource(join(folder, 'absent.csv')), {
    code: 'FDP_METRICS_NO_FILE',
    message: /`absent\.csv`/,
  })
})

test('the same bytes come out of a .csv and a .zip, as often as they are opened', async () => {
  for (const given of [
    await source('m.csv', body),
    await source('m.zip', zip([csv(), { name: 'notes.txt', content: Buffer.from('x') }])),
  ]) {
    assert.equal(await textOf(given), body)
    assert.equal(await textOf(given), body)
    assert.equal(given.bytes, body.length)
    assert.deepEqual(await readOfficialHead(given), { header: publishedHeader(52), period: '2020-03' })
  }
})

test('title rows above the header are left out; a file without the header is refused', async () => {
  const early = `Referral to treatment\nMarch 2020\n,,\n${body}`
  assert.equal(await textOf(await source('early.csv', early)), body)
  const lines = Array.from({ length: 12 }, () => 'title\n').join('')
  for (const other of ['a,b\n1,2\n', `${lines}${body}`, '']) {
    await assert.rejects(async () => textOf(await source('other.csv', other)), { code: 'FDP_METRICS_NOT_AN_RTT_FILE' })
  }
})

test('a first row without a month is refused', async () => {
  const given = await source('m.csv', `${header}\nRTT,QE1\n`)
  await assert.rejects(readOfficialHead(given), { code: 'FDP_METRICS_NOT_AN_RTT_FILE', message: /names no month/ })
})
