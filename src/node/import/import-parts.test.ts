import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { sql } from '#kernel'
import { runOn } from '../../../test/command-line.ts'
import { asLoader, type LoadsWorld, mappingFile, openLoadsWorld } from '../../../test/loads-world.ts'

const sums = async (world: LoadsWorld) =>
  await world.read(
    'OfficialFigure',
    ['publication', 'value'],
    (r) => sql`SELECT publication, sum(value) AS sum FROM ${r} GROUP BY ALL ORDER BY 1`,
  )

test('figures of several publications leave in one file and arrive one by one: each can be replaced by itself', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'openfdp-parts-'))
  t.after(() => rm(folder, { recursive: true, force: true }))
  await using world = await openLoadsWorld()
  await using other = await openLoadsWorld()
  const mapping = 'workforce/sickness-absence'
  const [made] = (await mappingFile(mapping)).tests
  const month = async (to: LoadsWorld, day: string, text: string) => {
    const path = join(folder, 'made-up.csv')
    await writeFile(path, text)
    assert.equal((await to.load(mapping, path, day)).outcome, 'published')
  }
  await month(world, '2024-04-30', made!.file)
  await month(world, '2024-05-31', made!.file.replace('30/04/2024', '31/05/2024'))
  const to = join(folder, 'out')
  const left = await runOn(world, ['export', 'tenant', to, ...asLoader])
  assert.equal(left.status, 0, left.err)
  const arrived = await runOn(other, ['import', 'tenant', to, ...asLoader])
  assert.equal(arrived.status, 0, arrived.err + arrived.out)
  const before = await sums(world)
  assert.equal(before.length, 2)
  assert.deepEqual(await sums(other), before)
  await month(other, '2024-06-30', made!.file.replace('1.5', '2.5'))
  const after = await sums(other)
  assert.deepEqual([after[0]!.sum, after[1]!.sum], [Number(before[0]!.sum) + 1, before[1]!.sum])
})
