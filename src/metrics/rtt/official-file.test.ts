import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import type { Source } from '#ports'
import { zipFile } from '../../../test/zip-file.ts'
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
  await refused(zipFile([{ name: 'readme.txt', content: Buffer.from('x') }]), /0 \.csv/)
  await refused(zipFile([csv('a.csv'), csv('b.csv')]), /2 \.csv/)
  await refused(
    zipFile(Array.from({ length: 21 }, (_, i) => ({ name: `${i}.txt`, content: Buffer.from('x') }))),
    /more than 20/,
  )
  await refused(zipFile([{ name: 'a.csv', content: Buffer.alloc(10_000_000) }]), /grow beyond/)
  await refused(zipFile([{ ...csv(), claimed: body.length - 5 }]), /damaged/)
  await refused(zipFile([{ ...csv(), claimed: body.length + 5 }]), /damaged/)
  await refused(zipFile([csv()]).subarray(0, 200), /damaged/)
  await refused(zipFile([{ ...csv(), checksum: 1 }]), /damaged/)
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
    await source('m.zip', zipFile([csv(), { name: 'notes.txt', content: Buffer.from('x') }])),
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
