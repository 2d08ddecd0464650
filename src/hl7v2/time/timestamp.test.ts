import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { londonInstant, londonOffsetMs, shownOffsetMs } from '#kernel'
import { cases, fc } from '../../../test/random.ts'
import { parseTimestamp, type Timestamp, zoneOfMessage } from './timestamp.ts'

const read = (text: string, zone: string | null = null) => parseTimestamp(text, zone)!
const brief = ({ local, precision, zone, instant, reading }: Timestamp) => [local, precision, zone, instant, reading]

describe('a time stamp', () => {
  it('keeps the precision that was written', () => {
    const written: Readonly<Record<string, readonly unknown[]>> = {
      2026: ['2026', 'year', null, null, 'once'],
      202601: ['2026-01', 'month', null, null, 'once'],
      20260131: ['2026-01-31', 'day', null, null, 'once'],
      2026013109: ['2026-01-31T09', 'hour', null, '2026-01-31T09:00:00.000Z', 'once'],
      202601310930: ['2026-01-31T09:30', 'minute', null, '2026-01-31T09:30:00.000Z', 'once'],
      20260131093015: ['2026-01-31T09:30:15', 'second', null, '2026-01-31T09:30:15.000Z', 'once'],
      '20260131093015.1239': ['2026-01-31T09:30:15.1239', 'fraction', null, '2026-01-31T09:30:15.123Z', 'once'],
      '20260131093015.5  ': ['2026-01-31T09:30:15.5', 'fraction', null, '2026-01-31T09:30:15.500Z', 'once'],
      20240229: ['2024-02-29', 'day', null, null, 'once'],
    }
    for (const [text, expected] of Object.entries(written)) assert.deepEqual(brief(read(text)), expected)
  })

  it('is of the zone that it names, of the message, or of London', () => {
    assert.deepEqual(brief(read('202607010930+0530')).slice(2), ['+05:30', '2026-07-01T04:00:00.000Z', 'once'])
    assert.deepEqual(brief(read('202607010930-0000')).slice(2), ['-00:00', '2026-07-01T09:30:00.000Z', 'once'])
    assert.deepEqual(brief(read('202607010930', '+02:15')).slice(2), ['+02:15', '2026-07-01T07:15:00.000Z', 'once'])
    assert.deepEqual(brief(read('202607010930')).slice(2), [null, '2026-07-01T08:30:00.000Z', 'once'])
    assert.deepEqual(brief(read('20260131+0100')), ['2026-01-31', 'day', '+01:00', null, 'once'])
  })

  it('of an hour that clocks show twice is the first, and of one they never show runs on', () => {
    const of = (text: string) => brief(read(text)).slice(3)
    assert.deepEqual(of('202610250059'), ['2026-10-24T23:59:00.000Z', 'once'])
    assert.deepEqual(of('202610250100'), ['2026-10-25T00:00:00.000Z', 'twice'])
    assert.deepEqual(of('20261025015959'), ['2026-10-25T00:59:59.000Z', 'twice'])
    assert.deepEqual(of('202610250200'), ['2026-10-25T02:00:00.000Z', 'once'])
    assert.deepEqual(of('202603290059'), ['2026-03-29T00:59:00.000Z', 'once'])
    assert.deepEqual(of('202603290100'), ['2026-03-29T01:00:00.000Z', 'never'])
    assert.deepEqual(of('202603290130'), ['2026-03-29T01:30:00.000Z', 'never'])
    assert.deepEqual(of('202603290200'), ['2026-03-29T01:00:00.000Z', 'once'])
    // No change in the autumn of 1968: summer time stayed for three years.
    assert.deepEqual(of('196901151200'), ['1969-01-15T11:00:00.000Z', 'once'])
  })

  it('refused: what is no time', () => {
    const none = ['', ' ', '20', '202', '20261', '202613', '20260230', '2026023', '20230229', '00000101', '2026013124']
    const more = [
      '202601310960',
      '20260131093060',
      '20260131093015.',
      '20260131093015.12345',
      '20260131T0930',
      '2026-01-31',
    ]
    const zones = [
      '202601310930+',
      '202601310930+01',
      '202601310930+1500',
      '202601310930-1300',
      '202601310930+0160',
      '+0100',
    ]
    for (const text of [...none, ...more, ...zones, ' 2026', '２０２６', '""'])
      assert.equal(parseTimestamp(text, null), null, text)
  })

  it('in a message is of the zone in its header, unless that is what London shows', () => {
    assert.equal(zoneOfMessage('202607010930+0100'), null)
    assert.equal(zoneOfMessage('202601010930+0000'), null)
    assert.equal(zoneOfMessage('202601010930-0000'), null)
    assert.equal(zoneOfMessage('202601010930+0100'), '+01:00')
    assert.equal(zoneOfMessage('202607010930'), null)
    assert.equal(zoneOfMessage('20260701+0200'), null)
    assert.equal(zoneOfMessage('nonsense'), null)
    assert.equal(zoneOfMessage('202607010930', '+00:00'), '+00:00', 'of a clock that is kept all year')
    assert.equal(zoneOfMessage('202607010930+0100', '+00:00'), '+01:00')
  })

  it('of any moment, shown on London clocks, comes back, but for the second time of an hour', () => {
    const moment = fc.integer({ min: Date.UTC(1930, 0) / 60_000, max: Date.UTC(2037, 11) / 60_000 })
    const nearChange = fc.integer({ min: -180, max: 180 }).map((m) => Date.UTC(2026, 9, 25, 1) / 60_000 + m)
    fc.assert(
      fc.property(fc.oneof(moment, nearChange), (minute) => {
        const atMs = minute * 60_000
        const { instant, reading } = londonInstant(atMs + londonOffsetMs(atMs))
        assert.notEqual(reading, 'never')
        assert.ok(Date.parse(instant) === atMs || (reading === 'twice' && Date.parse(instant) === atMs - 3_600_000))
      }),
      cases(300),
    )
  })

  it('knows of London what the system knows', () => {
    const hour = fc.integer({ min: Date.UTC(1900, 0) / 3_600_000, max: Date.UTC(2199, 11, 31) / 3_600_000 })
    fc.assert(
      fc.property(hour, (at) => {
        assert.equal(londonOffsetMs(at * 3_600_000), shownOffsetMs(at * 3_600_000))
      }),
      cases(500, 20_000),
    )
    for (let year = 1914; year <= 1972; year++) {
      for (let at = Date.UTC(year, 0); at < Date.UTC(year + 1, 0); at += 86_400_000 * 3) {
        assert.equal(londonOffsetMs(at), shownOffsetMs(at))
      }
    }
    assert.equal(read('99991231235959').instant, '9999-12-31T23:59:59.000Z')
    assert.equal(read('189907010000').instant, '1899-07-01T00:00:00.000Z')
  })
})
