import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { openDuckdbEngine } from '#adapters/engine-duckdb'
import { runCommand } from './program.ts'
import type { Host } from './scene.ts'

/** All that the command needs of its host: it opens no home folder. */
const host = { adapters: { openEngine: openDuckdbEngine } } as unknown as Host

const view = { resource: 'Patient', select: [{ column: [{ name: 'id', path: 'id', type: 'id' }] }] }
const passing = { title: 'ids', view, expect: [{ id: 'p1' }] }

async function conformance(folder: string, tests: readonly object[]) {
  const resources = [{ resourceType: 'Patient', id: 'p1' }]
  await writeFile(join(folder, 'cases.json'), JSON.stringify({ title: 'cases', resources, tests }))
  const text = { out: '', err: '' }
  const io = {
    out: (part: string) => void (text.out += part),
    err: (part: string) => void (text.err += part),
    drained: async () => undefined,
    progress: () => undefined,
    isTerminal: false,
    cwd: folder,
  }
  const status = await runCommand(['fhir', 'conformance', '.', '--report', 'report.txt'], io, host)
  return { status, ...text, report: JSON.parse(await readFile(join(folder, 'report.txt'), 'utf8')) }
}

test('the suite ends with the count, and with a status that says whether all pass', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'fdp-fhir-'))
  try {
    const good = await conformance(folder, [passing])
    assert.deepEqual([good.status, good.out, good.err], [0, '1 passed, 0 failed\n', ''])
    assert.deepEqual(good.report, { 'cases.json': { tests: [{ name: 'ids', result: { passed: true } }] } })

    const bad = await conformance(folder, [passing, { title: 'none', view, expect: [] }])
    assert.equal(bad.status, 1)
    assert.match(bad.out, /^failed {2}cases\.json: none: .*\n1 passed, 1 failed\n$/)
    assert.match(bad.err, /^FDP_CLI_FHIR_CASES: /)
    assert.equal(bad.report['cases.json'].tests[1].result.passed, false)
  } finally {
    await rm(folder, { recursive: true })
  }
})
