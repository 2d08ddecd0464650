import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { type DateOnly, type JsonObject, systemClock } from '#kernel'
import { type FlowTenant, lakeRows, makeFlowTenant, openFlowTenant, submissionOf } from '../../test/flow-tenant.ts'
import { finish } from './finish.ts'
import { flowLog } from './flow-log.ts'
import { quarantine } from './quarantine.ts'
import { submit } from './submit.ts'

const figures: JsonObject = {
  ...{ format: 'openfdp/mapping', version: 1, id: 'a-return', title: 'A return', object: 'OfficialFigure' },
  leaveOut: [{ column: 'Org', is: 'Total', because: 'it is the sum' }],
  marks: { '*': 'suppressed' },
  properties: {
    officialFigureId: { key: ['publication', 'organisationCode', 'measure'] },
    dataSet: 'figures',
    publication: { from: 'Set' },
    organisationCode: { from: 'Org' },
    organisationLevel: { from: 'Level', translate: { T: 'provider' } },
    value: { cell: 'value' },
    status: { cell: 'status', otherwise: 'reported' },
  },
  each: [
    { cell: 'Seen', measure: 'seen' },
    { cell: 'Waiting', measure: 'waiting' },
  ],
  unused: ['Name'],
}
const header = 'Set,Org,Name,Level,Seen,Waiting'

let folder: string
let tenant: FlowTenant
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'openfdp-declared-'))
  await makeFlowTenant(folder, systemClock, ['OfficialFigure', 'Organisation'])
  tenant = await openFlowTenant(folder)
})
after(async () => {
  await tenant.close()
  await rm(folder, { recursive: true, force: true })
})

const send = (lines: readonly string[], more: { asAt?: string; object?: string; declared?: JsonObject } = {}) => {
  const { asAt = '2026-01-31', object = 'OfficialFigure', declared = figures } = more
  return submit(submissionOf(object, lines, { declared, asAt: asAt as DateOnly }), tenant.deps)
}
const kept = async () =>
  (await lakeRows(tenant, 'OfficialFigure')).map((row) => `${row.officialFigureId} ${row.value ?? row.status}`).sort()

test('every row of the file is published, in quarantine or declared to be no data; what has no translation is found', async () => {
  const lines = ['a,R1A,A trust,T,1,*', 'a,R1B,Another,X,3,4', 'a,Total,,T,4,4', 'a,R1C,A third,T,five,6']
  const report = await send([header, ...lines])
  assert.deepEqual(report.rows, { read: 4, quarantined: 3, published: 3, warned: 0 })
  assert.deepEqual(
    report.findings.map(({ rule, severity, column, rows }) => [rule, severity, column, rows]),
    [
      ['mapping.left-out', 'WARN', null, 1],
      ['mapping.untranslated', 'ROW', 'organisationLevel', 2],
      ['value-set', 'ROW', 'organisationLevel', 2],
      ['present.iff', 'ROW', 'value', 1],
      ['type.double', 'ROW', 'value', 1],
    ],
  )
  assert.deepEqual(await kept(), ['a/R1A/seen 1', 'a/R1A/waiting suppressed', 'a/R1C/waiting 6'])
  const told = await quarantine(tenant.deps, report.submission)
  assert.ok(JSON.stringify(told).includes('mapping.untranslated'))
  assert.doesNotMatch(JSON.stringify(report), /R1A|five|"X"/)
})

test('a submission stands for one publication, of whatever day; others stay', async () => {
  await send([header, 'b,R1A,A trust,T,1,2'])
  await send([header, 'c,R1A,A trust,T,7,8'])
  await send([header, 'b,R1A,A trust,T,5,6'], { asAt: '2026-02-28' })
  assert.deepEqual(
    (await kept()).filter((line) => /^[bc]/.test(line)),
    ['b/R1A/seen 5', 'b/R1A/waiting 6', 'c/R1A/seen 7', 'c/R1A/waiting 8'],
  )
  assert.ok((await kept()).some((line) => line.startsWith('a/')))
  const mixed = await send([header, 'b,R1A,A trust,T,1,2', 'c,R1A,A trust,T,1,2'])
  assert.equal(mixed.outcome, 'refused')
  assert.ok(mixed.findings.some(({ rule }) => rule === 'file.one-data-set'))
})

test('a column that the mapping reads must be there; one that it does not know of is told by its place', async () => {
  const without = await send(['Set,Org,Name,Level,Seen', 'a,R1A,A trust,T,1'])
  assert.equal(without.outcome, 'refused')
  assert.deepEqual(without.findings, [{ rule: 'file.missing-column', severity: 'FAIL', column: 'Waiting', rows: 0 }])
  const more = await send([`${header},Extra`, 'd,R1A,A trust,T,1,2,x'])
  assert.equal(more.outcome, 'published')
  assert.deepEqual(more.unknownColumns, [7])
})

test('what is wrong with a mapping is said before anything is landed', async () => {
  const size = tenant.deps.ledger.size
  await assert.rejects(send([header], { declared: { ...figures, marks: [] } }), { code: 'FDP_MAPPING_WRONG' })
  await assert.rejects(send([header], { object: 'Organisation' }), { code: 'FDP_FLOWS_MAPPING_OBJECT' })
  assert.equal(tenant.deps.ledger.size, size)
})

test('an acknowledged submission is finished with the mapping that was landed with it', async () => {
  const report = await send([header, 'e,R1A,A trust,T,1,2'])
  const received = (await flowLog(tenant.deps.ledger)).received.get(report.submission)!
  assert.match(received.mapping!.id, /^a-return-[0-9a-f]{12}$/)
  const again = await finish(received, tenant.deps)
  assert.deepEqual([again.outcome, again.rows], ['published', report.rows])
})
