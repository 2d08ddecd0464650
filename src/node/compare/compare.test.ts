import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { openRemoteOntology } from '#adapters/source-ontology'
import { isFdpError } from '#kernel'
import { type Foreign, type ForeignObject, foreignToken, openForeign } from '../../../test/foreign-server.ts'
import { fc } from '../../../test/random.ts'
import { type Compared, compare } from './compare.ts'
import type { Difference } from './compare-objects.ts'
import { ReportFile } from './report-file.ts'
import { isSameValue } from './same-value.ts'
import { compareKeys } from './sorted-objects.ts'

const properties = { id: 'string', n: 'long', at: 'timestamp', tags: 'array' }
const things = (objects: ForeignObject[]) => openForeign({ Thing: { primaryKey: 'id', properties, objects } })
const remoteOf = ({ url }: Foreign) =>
  openRemoteOntology({ baseUrl: url, ontology: 'old-ontology', token: foreignToken })

async function compared(old: Foreign, now: Foreign, types: readonly string[] = ['Thing']) {
  const lines: Compared[] = []
  const found: Difference[] = []
  const pair = { old: remoteOf(old), new: remoteOf(now) }
  const difference = async (each: Difference) => void found.push(each)
  for await (const line of compare({ pair, types, pageRows: 3, parameters: {}, difference })) lines.push(line)
  return { lines, found }
}

test('refused: a report over something that is there; a server out of order', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'openfdp-compare-'))
  t.after(() => rm(folder, { recursive: true, force: true }))
  const path = join(folder, 'report.jsonl')
  await using report = await ReportFile.open(path)
  await report.write({ type: 'Thing', key: 'a', found: 'only-old', properties: [] })
  assert.equal((await stat(path)).mode & 0o777, 0o600)
  assert.match(await readFile(path, 'utf8'), /only-old/)
  for (const bad of [path, join(folder, 'no', 'such')]) {
    await assert.rejects(ReportFile.open(bad), (error) => isFdpError(error, 'FDP_COMPARE_REPORT'))
  }
  await using old = await things([{ id: 'a' }])
  await using now = await things([{ id: 'a' }])
  const data = JSON.stringify({ data: [{ __primaryKey: 'b' }, { __primaryKey: 'a' }] })
  // Both are asked for their types, the first for its objects (and, for its key, once more for the types).
  now.instead.push(null, null, (reply) => reply.end(data))
  await assert.rejects(compared(old, now), (error) => isFdpError(error, 'FDP_COMPARE_ORDER'))
})

test('each object is on one side, on the other, or on both and the same or not; whatever the sets', async () => {
  await using old = await things([])
  await using now = await things([])
  const object = fc.record({ n: fc.constantFrom('1', '2'), tags: fc.constantFrom(['x'], ['x', 'y']) })
  const set = fc.dictionary(fc.string({ minLength: 1, maxLength: 2, unit: 'binary' }), object, { maxKeys: 8 })
  await fc.assert(
    fc.asyncProperty(set, set, async (left, right) => {
      const objects = (of: object) => Object.entries(of).map(([id, rest]) => ({ id, ...rest }))
      old.types.Thing!.objects = objects(left)
      now.types.Thing!.objects = objects(right)
      const { lines, found } = await compared(old, now)
      const expected = new Set(
        [...Object.keys(left), ...Object.keys(right)].flatMap((id) => {
          if (!(id in right)) return [`only-old ${id}`]
          if (!(id in left)) return [`only-new ${id}`]
          return JSON.stringify(left[id]) === JSON.stringify(right[id]) ? [] : [`differs ${id}`]
        }),
      )
      assert.deepEqual(new Set(found.map(({ key, found: how }) => `${how} ${key}`)), expected)
      const row = lines.find(({ kind }) => kind === 'objects')
      assert.deepEqual(
        [row?.old, row?.new, row?.differences],
        [Object.keys(left).length, Object.keys(right).length, expected.size],
      )
    }),
    { numRuns: 15 },
  )
})

test('types and properties that one side alone has are differences', async () => {
  await using old = await openForeign({
    Thing: { primaryKey: 'id', properties: { id: 'string', gone: 'string' }, objects: [{ id: 'a', gone: 'x' }] },
    Gone: { primaryKey: 'id', properties: { id: 'string' }, objects: [] },
  })
  await using now = await things([{ id: 'a', n: '1' }])
  const { lines } = await compared(old, now, [])
  const told = lines.filter(({ differences }) => differences > 0).map(({ kind, name }) => `${kind} ${name}`)
  assert.deepEqual(told, [
    'type Gone',
    'property Thing.gone',
    'property Thing.n',
    'property Thing.at',
    'property Thing.tags',
  ])
})

test('a link that no property holds is compared pair by pair; its table on one side alone is no difference', async () => {
  const place = (pairs: readonly (readonly [string, string])[], more: Parameters<typeof openForeign>[0] = {}) => {
    const type = (primaryKey: string) => ({ primaryKey, properties: { [primaryKey]: 'string' }, objects: [] })
    const CancerPathway = { ...type('cancerPathwayId'), links: { mdtMeetings: pairs } }
    return openForeign({ CancerPathway, Other: type('id'), ...more })
  }
  const table = { primaryKey: 'id', properties: { id: 'string' }, objects: [] }
  await using old = await place([
    ['p1', 'm1'],
    ['p2', 'm2'],
  ])
  await using same = await place(
    [
      ['p2', 'm2'],
      ['p1', 'm1'],
      ['p1', 'm1'],
    ],
    { CancerPathwayMdtMeeting: table },
  )
  const told = async (now: Foreign) =>
    (await compared(old, now, [])).lines.filter(({ kind, differences }) => kind === 'link' || differences > 0)
  const name = 'CancerPathway.mdtMeetings'
  assert.deepEqual(await told(same), [{ kind: 'link', name, old: 2, new: 2, differences: 0 }])
  // As many pairs, as many objects at either end.
  await using crossed = await place([
    ['p1', 'm2'],
    ['p2', 'm1'],
  ])
  assert.deepEqual(await told(crossed), [{ kind: 'link', name, old: 2, new: 2, differences: 2 }])
})

test('the same value may be written in two ways; another value never is', () => {
  const same: readonly [string, unknown, unknown][] = [
    ['string', undefined, null],
    ['string', '', undefined],
    ['array', [], undefined],
    ['long', '42', 42],
    ['double', 1, 1.0],
    ['timestamp', '2026-01-31T09:30:00Z', '2026-01-31T09:30:00.000Z'],
    ['timestamp', '2026-01-31T09:30:00Z', '2026-01-31T10:30:00.0+01:00'],
    ['array', ['a', 'b'], ['a', 'b']],
  ]
  for (const [type, a, b] of same) assert.ok(isSameValue(type, a as never, b as never), JSON.stringify([a, b]))
  const other: readonly [string, unknown, unknown][] = [
    ['string', '0', undefined],
    ['string', '1', '1.0'],
    ['string', 'a', ' a'],
    ['boolean', false, undefined],
    ['long', '9007199254740993', '9007199254740992'],
    ['timestamp', '2026-01-31T09:30:00.001Z', '2026-01-31T09:30:00Z'],
    ['timestamp', '2026-01-31T09:30:00.000001Z', '2026-01-31T09:30:00Z'],
    ['array', ['a', 'b'], ['b', 'a']],
    ['array', ['1'], '1'],
  ]
  for (const [type, a, b] of other) assert.ok(!isSameValue(type, a as never, b as never), JSON.stringify([a, b]))
})

test('keys are in the order of their code points, numbers by size', () => {
  assert.ok(compareKeys('\u{ffee}', '\u{1f600}') < 0 && compareKeys('a', 'B') > 0 && compareKeys(9, 10) < 0)
  assert.equal(compareKeys('a', 'a'), 0)
})
