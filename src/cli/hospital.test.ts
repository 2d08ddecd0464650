import assert from 'node:assert/strict'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { runOn } from '../../test/command-line.ts'
import { openWorld } from '../../test/world.ts'

test('a day of a hospital’s system is told in figures and files, and none before it was opened', async () => {
  await using world = await openWorld({ empty: true })
  const before = await runOn(world, ['synth', 'epr', 'alder-vale', '--day', '2025-12-31'])
  assert.match(before.err, /FDP_SYNTHETIC_HOSPITAL_DAY/)
  assert.match((await runOn(world, ['synth', 'epr', 'national'])).err, /FDP_SYNTHETIC_NO_HOSPITAL/)
  assert.match((await runOn(world, ['synth', 'epr', 'alder-vale', '--day', 'today'])).err, /FDP_CLI_USAGE/)
  const folder = await mkdtemp(join(tmpdir(), 'openfdp-hospital-'))
  try {
    const told = await runOn(world, ['synth', 'epr', 'alder-vale', '--day', '2026-03-04', '--to', folder])
    assert.equal(told.status, 0, told.err)
    assert.deepEqual((await readdir(folder)).sort(), ['database.sql', 'fhir', 'files', 'messages.hl7'])
    const patients = (await readFile(join(folder, 'fhir', 'Patient.ndjson'), 'utf8')).trimEnd().split('\n').length
    assert.ok(
      told.out.includes(JSON.stringify({ outlet: 'fhir', 'tells of': 'Patient', 'how many': patients })),
      told.out,
    )
  } finally {
    await rm(folder, { recursive: true })
  }
})
