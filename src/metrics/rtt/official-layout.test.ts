import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { test } from 'node:test'
import { sharedPath, skipWithoutShared } from '../../../test/shared-data.ts'
import { officialLayout, publishedHeader } from './official-layout.ts'
import { officialMappings, officialRttMapping } from './official-mapping.ts'

test('a header without a needed column, with a gap or with two open bands is refused with what is wrong', () => {
  const header = publishedHeader(104)
  const refused = (changed: string[], problem: RegExp) =>
    assert.throws(() => officialLayout(changed, 'a.csv'), { code: 'FDP_METRICS_NOT_AN_RTT_FILE', message: problem })
  refused(
    header.filter((name) => name !== 'RTT Part Type'),
    /no column `RTT Part Type`/,
  )
  refused(
    header.filter((name) => name !== 'Gt 07 To 08 Weeks SUM 1'),
    /week bands/,
  )
  refused(
    header.filter((name) => name !== 'Gt 104 Weeks SUM 1'),
    /week bands/,
  )
  refused([...header, 'Gt 105 Weeks SUM 1'], /week bands/)
})

test('bands are found whatever their number and the order of columns', () => {
  for (const openFrom of [52, 104]) {
    const layout = officialLayout(publishedHeader(openFrom).reverse())
    assert.equal(layout.openFromWeeks, openFrom)
    assert.equal(layout.bands.length, openFrom + 1)
    assert.equal(layout.bands[openFrom]?.header, `Gt ${openFrom} Weeks SUM 1`)
  }
})

test('an early file without parent organisations is read with blanks in their place', () => {
  const header = publishedHeader(52).filter((name) => !name.includes('Parent'))
  assert.equal(officialLayout(header).bands.length, 53)
})

test('each published layout has its own mapping; another spelling has another name', () => {
  const ids = officialMappings().map(({ id }) => id)
  assert.deepEqual(ids, [
    'official-rtt-52',
    'official-rtt-organisations-52',
    'official-rtt-104',
    'official-rtt-organisations-104',
  ])
  assert.match(officialRttMapping([...publishedHeader(104), 'Extra']).id, /^official-rtt-104-[0-9a-f]{12}$/)
})

test('the published header of January 2026 is the one we know', async (t) => {
  if (skipWithoutShared(t)) return
  const text = await readFile(sharedPath('data/rtt/subset_QE1_lancashire_south_cumbria.csv'), 'utf8')
  assert.deepEqual(text.split(/\r?\n/, 1)[0]?.split(','), publishedHeader(104))
})
