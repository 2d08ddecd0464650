import assert from 'node:assert/strict'
import { mkdir, mkdtemp, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { folderDrop } from '#adapters/drop-fs'
import { fileSource } from '#adapters/source-csv'
import { type DateOnly, manualClock, sha256Hex } from '#kernel'
import type { Connection } from '#ports'
import { dockYaml } from '../../test/dock-yaml.ts'
import { openWorld, type World } from '../../test/world.ts'
import { type DockDeps, DropWatch, dockLog, parseDock, runDock } from './index.ts'

const clock = manualClock('2026-06-02T02:00:00Z')
const day = '2026-06-01' as DateOnly
let world: World
let drops: string

before(async () => {
  drops = await mkdtemp(join(tmpdir(), 'openfdp-deliveries-'))
  world = await openWorld({ patients: 3, empty: true, adapters: { clock } })
})
after(async () => {
  await world[Symbol.asyncDispose]()
  await rm(drops, { recursive: true, force: true })
})

const header = 'personId,nhsNumber,nhsNumberStatusIndicatorCode,dateOfBirth'
const patients = (n: number) => `${[header, ...Array.from({ length: n }, (_, i) => `P${i},,,1980-01-02`)].join('\n')}\n`
const beds = 'ward,beds\nA,1\n'

async function harbour(name: string, more: Readonly<Record<string, unknown>> = {}) {
  const drop = join(drops, name)
  await mkdir(drop)
  const tenant = world.tenant()
  const manifest = '"delivery_{date}.json"'
  const dock = parseDock(
    name,
    dockYaml({ drop, controller: tenant.profile.controller, manifest, dueBy: '"23:59"', ...more }),
  )
  const deps: DockDeps = {
    ...{ flows: tenant.flows, openDrop: folderDrop(fileSource), watch: new DropWatch() },
    connection: () => ({ drop: () => folderDrop(fileSource)(drop), close: async () => {} }) satisfies Connection,
    note: () => ({ read: async () => null, write: async () => {} }),
  }
  return {
    async put(file: string, text: string) {
      await writeFile(join(drop, file), text)
      await utimes(join(drop, file), new Date(clock.now()), new Date(clock.now()))
    },
    async says(rows: number | null, texts: readonly string[], extent?: string) {
      const names = [`patients_${day}.csv`, `beds_${day}.csv`]
      const files = texts.map((text, i) => ({
        ...{ name: names[i], sha256: sha256Hex(Buffer.from(text)), bytes: Buffer.byteLength(text) },
        rows: i === 0 ? rows : null,
      }))
      await this.put(`delivery_${day}.json`, JSON.stringify({ extent, files }))
    },
    async looks() {
      const done = []
      clock.advanceMs(3_600_000)
      for (let i = 0; i < 3; i++) {
        done.push(...(await runDock(dock, deps)).map(({ code, what }) => code ?? what))
        clock.advanceMs(60_000)
      }
      return [...new Set(done)]
    },
    where: async () => (await dockLog(tenant.ledger)).day(name, day).failing?.where ?? null,
  }
}

test('refused: a delivery that is not as its manifest says, with the place; until all of it is there nothing is taken', async () => {
  const dock = await harbour('whole')
  await dock.put(`patients_${day}.csv`, patients(2))
  assert.deepEqual(await dock.looks(), [])
  await dock.says(2, [patients(2), beds])
  assert.deepEqual(await dock.looks(), [])
  await dock.put(`beds_${day}.csv`, `${beds}B,2\n`)
  assert.deepEqual(await dock.looks(), ['FDP_DOCK_MANIFEST'])
  assert.equal(await dock.where(), 'file 2: other bytes')
  await dock.put(`beds_${day}.csv`, beds.replace('A', 'B'))
  assert.deepEqual(await dock.looks(), ['FDP_DOCK_MANIFEST'])
  assert.equal(await dock.where(), 'file 2: other content')
  await dock.says(2, [patients(2), beds], 'partial')
  assert.deepEqual(await dock.looks(), ['FDP_DOCK_MANIFEST'])
  assert.equal(await dock.where(), 'it is partial')
  await dock.put(`delivery_${day}.json`, '{"files": []}')
  assert.deepEqual(await dock.looks(), ['FDP_CONTRACTS_MANIFEST'])
  assert.equal((await dockLog(world.tenant().ledger)).day('whole', day).deliveries.length, 0)
  await dock.put(`beds_${day}.csv`, beds)
  await dock.says(3, [patients(2), beds], 'whole')
  assert.deepEqual(await dock.looks(), ['refused'])
  await dock.put(`patients_${day}.csv`, patients(3))
  await dock.says(3, [patients(3), beds], 'whole')
  assert.deepEqual(await dock.looks(), ['published'])
  assert.deepEqual(await dock.looks(), [])
})

test('a number of rows that was wrong is set right by another manifest, with the same file', async () => {
  const dock = await harbour('counted', { connection: 'place', drop: '.', files: '"patients_{date}.csv"' })
  await dock.put(`patients_${day}.csv`, patients(2))
  await dock.says(1, [patients(2)])
  assert.deepEqual(await dock.looks(), ['refused'])
  await dock.says(2, [patients(2)])
  assert.deepEqual(await dock.looks(), ['published'])
})
