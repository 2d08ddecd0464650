import assert from 'node:assert/strict'
import { copyFile, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { addDays, manualClock, systemClock } from '#kernel'
import { runOn } from '../../test/command-line.ts'
import { clientId, openFhirServer } from '../../test/fhir-server.ts'
import { openWorld } from '../../test/world.ts'

const views = fileURLToPath(new URL('../../mappings/fhir/', import.meta.url))
const nhsNumbers = ['9434765919', '9999999468']
const patients = nhsNumbers.map((value, i) =>
  JSON.stringify({
    ...{ resourceType: 'Patient', id: `p${i}`, gender: 'female', birthDate: '1970-01-31' },
    identifier: [{ system: 'https://fhir.nhs.uk/Id/nhs-number', value }],
  }),
)

test('a dock takes what a server of FHIR exports, signed in, and asks once', async () => {
  const clock = manualClock('2026-06-02T09:00:00Z')
  await using server = await openFhirServer({ Patient: patients, Encounter: ['{"resourceType":"Encounter"}'] })
  Object.assign(server, { locked: true, polls: 0, now: () => new Date(systemClock.now()) })
  await using world = await openWorld({ empty: true, adapters: { clock } })
  const { folder, profile } = world.tenant()
  const write = (name: string, ...lines: readonly string[]) =>
    writeFile(join(folder, name), lines.join('\n'), { mode: 0o600 })
  await mkdir(join(folder, 'connections'))
  await mkdir(join(folder, 'docks'))
  await write('connections/records.jwk', JSON.stringify(server.key))
  await write(
    'connections/records.yaml',
    ...['kind: fhir', `baseUrl: ${server.url}`, `tokenUrl: ${server.origin}/token`, `clientId: ${clientId}`],
    ...['keyFile: records.jwk', 'scope: system/*.rs'],
  )
  await write('docks/patients.ask', '$export?_type=Encounter,Patient')
  await copyFile(`${views}Patient.json`, join(folder, 'docks/patients-view.json'))
  await write(
    'docks/patients.yaml',
    ...['object: Patient', `controller: ${profile.controller}`, 'by: dot.finch@alder-vale.example'],
    ...['purpose: data-intake', 'connection: records', 'ask: patients.ask', 'format: fhir-ndjson'],
    ...['view: patients-view.json', 'dueBy: "11:00"', `since: "${addDays(world.today, -1)}"`],
  )
  const dot = ['--tenant', 'alder-vale', '--as', 'dot.finch@alder-vale.example', '--purpose', 'data-intake']
  const run = (...argv: string[]) => runOn(world, [...argv, ...dot])
  assert.deepEqual((await run('dock', 'connections')).rows, [
    { connection: 'records', kind: 'fhir', 'what is wrong': '' },
  ])
  const view = join(folder, 'docks/patients-view.json')
  assert.deepEqual((await run('dock', 'run', 'patients')).rows, [
    { day: '2026-06-01', what: 'failed', why: 'FDP_DOCK_NOT_PROMOTED' },
  ])
  const promoted = await run('mapping', 'promote', 'patients', view, '--reason', 'the first')
  assert.equal(promoted.rows.length, 1, promoted.err)
  const { rows, err } = await run('dock', 'run', 'patients')
  assert.deepEqual(rows, [{ day: '2026-06-01', what: 'published', why: '' }], err)
  assert.deepEqual((await run('dock', 'run', 'patients')).rows, [])
  const [published] = world.tenant().governance.catalogue().publications()
  assert.equal(published?.rows, 2)
  assert.equal(server.asked.filter((line) => line.includes('export')).length, 1)
  assert.equal(server.jobs.size, 0)
})
