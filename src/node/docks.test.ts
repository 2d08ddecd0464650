import assert from 'node:assert/strict'
import { mkdir, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { manualClock } from '#kernel'
import { openWorld } from '../../test/world.ts'
import { tendDocks } from './docks.ts'

test('a node that serves tends every dock; one that is wrong keeps none of the others waiting', async () => {
  const clock = manualClock('2026-06-02T09:00:00Z')
  await using world = await openWorld({ empty: true, adapters: { clock } })
  const { folder, profile, ledger } = world.tenant()
  const drop = join(world.home, 'drop')
  await mkdir(drop)
  await mkdir(join(folder, 'docks'))
  const dock = (place: string) =>
    [
      ...['object: Patient', `controller: ${profile.controller}`, 'by: dot.finch@alder-vale.example'],
      ...['purpose: data-intake', `drop: ${place}`, 'files: "{date}.csv"', 'dueBy: "11:00"', 'since: "2026-06-01"'],
    ].join('\n')
  await writeFile(join(folder, 'docks', 'a-wrong.yaml'), 'secret')
  await writeFile(join(folder, 'docks', 'b-gone.yaml'), dock(join(world.home, 'nowhere')))
  await writeFile(join(folder, 'docks', 'c-right.yaml'), dock(drop))
  const file = join(drop, '2026-06-01.csv')
  await writeFile(file, 'personId,nhsNumber,nhsNumberStatusIndicatorCode\nT-1,9434765919,01\n')
  await utimes(file, new Date('2026-06-02T01:00:00Z'), new Date('2026-06-02T01:00:00Z'))
  const said: unknown[] = []
  const log = (line: unknown) => void said.push(line)
  const docks = tendDocks(world.node, { info: log, warn: log, error: log } as never)
  const told = async () => {
    const found: unknown[] = []
    for await (const { type, governance } of ledger.entries(0)) {
      if (type.startsWith('dock.')) found.push([type, governance.dock, governance.outcome ?? governance.code])
    }
    return found
  }
  while ((await told()).length < 2) await wait(50)
  await docks.close()
  assert.deepEqual(await told(), [
    ['dock.failed', 'b-gone', 'FDP_DROP_UNREACHABLE'],
    ['dock.delivered', 'c-right', 'published'],
  ])
  assert.match(JSON.stringify(said), /FDP_DOCK_DECLARATION/)
  assert.doesNotMatch(JSON.stringify(said), /9434765919|secret/)
})
