import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import type { JsonObject } from '#kernel'
import { findCanaries } from '../../test/canary.ts'
import {
  type FlowTenant,
  lakeRows,
  makeFlowTenant,
  openFlowTenant,
  submissionOf,
  vaultRows,
} from '../../test/flow-tenant.ts'
import { xlsxFile } from '../../test/xlsx-file.ts'
import { zipFile } from '../../test/zip-file.ts'
import { flowLog } from './flow-log.ts'
import { quarantine } from './quarantine.ts'
import { resume, sweep } from './resume.ts'
import type { Submission } from './submission.ts'
import { submit } from './submit.ts'
import { viewMapping } from './view-mapping.ts'

const header = ['personId', 'nhsNumber', 'nhsNumberStatusIndicatorCode', 'fullName', 'dateOfBirth']
const ada = ['P1', '9990000018', '01', 'Ada Canary-Alpha', '1950-02-03']
const view: JsonObject = JSON.parse(
  await readFile(fileURLToPath(new URL('../../mappings/fhir/Patient.json', import.meta.url)), 'utf8'),
)
const fhirPatient = (id: string, more: object = {}) =>
  JSON.stringify({ resourceType: 'Patient', id, birthDate: '1950-02-03', ...more })

function bytesOf(content: Buffer | string): Submission['source'] {
  const bytes = Buffer.from(content as string)
  return {
    name: 'file',
    bytes: bytes.length,
    async *open() {
      yield bytes
    },
  }
}

const received = async (tenant: FlowTenant) => {
  const { governance } = await tenant.deps.ledger.entry(tenant.deps.ledger.size - 2)
  return governance
}

describe('formats of submissions', () => {
  let folder: string
  let tenant: FlowTenant
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'fdp-formats-'))
    await makeFlowTenant(folder)
    tenant = await openFlowTenant(folder)
  })
  after(async () => {
    await tenant.close()
    await rm(folder, { recursive: true })
  })
  const send = (content: Buffer | string, more: Partial<Submission>) =>
    submit(submissionOf('Patient', [], { source: bytesOf(content), ...more }), tenant.deps)

  it('that are not known, have no parts, or whose view is none, are refused before anything is landed', async () => {
    const size = tenant.deps.ledger.size
    for (const format of ['pdf', 'constructor', ''])
      await assert.rejects(send('x', { format }), { code: 'FDP_FLOWS_FORMAT_UNKNOWN' })
    await assert.rejects(send('x', { part: 'Sheet1' }), { code: 'FDP_FLOWS_NO_PARTS' })
    const wrong = (members: object) => send('x', { format: 'fhir-ndjson', view: { ...view, ...members } as JsonObject })
    await assert.rejects(wrong({ resource: 'patient' }), { code: 'FDP_FHIR_VIEW' })
    await assert.rejects(wrong({ select: [{ column: [{ name: 'a', path: 'id.upper()' }] }] }), {
      code: 'FDP_FHIR_PATH',
    })
    assert.equal(tenant.deps.ledger.size, size)
    assert.deepEqual(await sweep(tenant.deps), { lake: 0, vault: 0, blobs: 0 })
  })

  it('leave the entry of delimited text as it has always been', async () => {
    const report = await submit(submissionOf('Patient', [header.join(), ada.join()]), tenant.deps)
    assert.equal(report.outcome, 'published')
    const names = 'asAt blob by bytes controller dialect labels mapping object origin purpose submission version'
    const governance = await received(tenant)
    assert.deepEqual(Object.keys(governance).sort(), names.split(' '))
    assert.equal(governance.version, 1)
    const { received: log } = await flowLog(tenant.deps.ledger)
    const { format, part, view: none } = log.get(report.submission)!
    assert.deepEqual([format, part, none], ['csv', null, null])
  })

  it('stand in an entry of a version that earlier releases refuse; the name of a part does not', async () => {
    const rows = [header, ada]
    const workbook = xlsxFile({ sheets: { Notes: [['x']], 'Canary-Beta': rows } })
    const report = await send(workbook, { format: 'xlsx', part: 'Canary-Beta' })
    assert.deepEqual([report.outcome, report.rows.published], ['published', 1])
    const governance = await received(tenant)
    assert.deepEqual([governance.version, governance.format], [2, 'xlsx'])
    assert.match(String(governance.part), /^[0-9a-f]{64}$/)
    assert.doesNotMatch(JSON.stringify(governance), /Canary/)
    assert.equal((await send(workbook, { format: 'xlsx', part: 'Canary-Beta' })).repeated, true)
    const archive = zipFile([{ name: 'a.csv', content: rows.map((row) => `${row.join()}\n`).join('') }])
    assert.deepEqual((await send(archive, { format: 'zip' })).rows.published, 1)
    assert.deepEqual((await vaultRows(tenant, 'Patient', ['fullName'])).flat(), ['Ada Canary-Alpha'])
  })

  it('refuse a file that is not of theirs by a report, in words without a value', async () => {
    for (const [format, content] of [
      ['xlsx', `${header.join()}\n${ada.join()}\n`],
      ['fhir-ndjson', fhirPatient('Canary').slice(0, -3)],
    ] as const) {
      const report = await send(content, { format, ...(format.startsWith('fhir') ? { view } : {}) })
      assert.equal(report.outcome, 'refused', format)
      assert.ok(report.problem, format)
      assert.doesNotMatch(JSON.stringify(report), /Canary/)
    }
  })

  it('take FHIR in through a view; what breaks the contract is in quarantine under the number of its resource', async () => {
    const lines = [
      fhirPatient('1'),
      '{"resourceType":"Patient","id":"Canary"',
      fhirPatient('2', { birthDate: '1950' }),
      fhirPatient('3').replace('Patient', 'Observation'),
      fhirPatient('4', { name: [{ family: 'Canary-Gamma', given: ['Ada', 'Bea'] }] }),
    ]
    const report = await send(`${lines.join('\n')}\n`, { format: 'fhir-ndjson', view })
    assert.deepEqual(
      [report.rows.read, report.rows.published, report.rows.quarantined],
      [5, 2, 2],
      JSON.stringify(report),
    )
    const { rows } = await quarantine(tenant.deps, report.submission)
    assert.deepEqual(rows, [
      { row: 2, rule: 'file.unreadable-row', column: null },
      { row: 3, rule: 'type.date', column: 'dateOfBirth' },
    ])
    assert.deepEqual(
      (await vaultRows(tenant, 'Patient', ['personId', 'firstName'])).sort(),
      [
        ['Patient/1', ''],
        ['Patient/4', 'Ada'],
      ].map(([id, name]) => [id, name === '' ? null : name]),
    )
  })

  it('refuse a file in which the view finds nothing: it would replace everybody by nobody', async () => {
    for (const content of [
      `${fhirPatient('6').replace('Patient', 'Encounter')}\n`,
      `${JSON.stringify(JSON.parse(fhirPatient('6')), null, 2)}\n\n`,
    ]) {
      const report = await send(content, { format: 'fhir-ndjson', view })
      assert.equal(report.outcome, 'refused', JSON.stringify(report))
      assert.equal((await lakeRows(tenant, 'Patient')).length, 2)
    }
  })

  it('refuse resources that give several values where the view takes one', async () => {
    const two = fhirPatient('5', { maritalStatus: [{ text: 'Canary' }, { text: 'Canary' }], birthDate: ['1', '2'] })
    const report = await send(`${two}\n`, { format: 'fhir-ndjson', view })
    assert.equal(report.outcome, 'refused')
    assert.match(report.problem ?? '', /does not fit the view/)
    assert.doesNotMatch(JSON.stringify(report), /Canary/)
  })

  it('are remembered: a submission that was acknowledged is finished with the view that came with it', async () => {
    const stopped = { ...tenant.deps, openEngine: () => Promise.reject(new Error('the process ended here')) }
    const source = bytesOf(`${fhirPatient('7')}\n`)
    await assert.rejects(submit(submissionOf('Patient', [], { source, format: 'fhir-ndjson', view }), stopped))
    await sweep(tenant.deps)
    const [report, ...others] = await resume({ ...tenant.deps, mappings: [] })
    assert.deepEqual([others.length, report?.outcome, report?.rows.published], [0, 'published', 1])
    assert.equal((await lakeRows(tenant, 'Patient')).length, 1)
    const [last] = [...(await flowLog(tenant.deps.ledger)).received.values()].slice(-1)
    assert.equal(last?.mapping?.id, viewMapping(view).id)
  })

  it('that this program does not have stay unfinished, and say so', async () => {
    const stopped = { ...tenant.deps, openEngine: () => Promise.reject(new Error('the process ended here')) }
    const archive = zipFile([{ name: 'a.csv', content: `${header.join()}\n${ada.join()}\n` }])
    const later = { ...stopped, readers: { ...stopped.readers, tar: stopped.readers.zip! } }
    await assert.rejects(submit(submissionOf('Patient', [], { source: bytesOf(archive), format: 'tar' }), later))
    await assert.rejects(resume(tenant.deps), { code: 'FDP_FLOWS_FORMAT_UNKNOWN' })
    assert.equal((await resume({ ...tenant.deps, readers: later.readers }))[0]?.outcome, 'published')
  })

  it('leave nothing readable on disk, of a person or of the name of a part', async () => {
    const canaries = ['9990000018', 'Canary-Alpha', 'Canary-Beta', 'Canary-Gamma', 'UKCore-NHSNumber']
    assert.deepEqual(await findCanaries(folder, canaries), [])
  })
})
