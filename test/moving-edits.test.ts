import assert from 'node:assert/strict'
import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import type { PurposeId } from '#kernel'
import { openBearerSite } from './bearer-site.ts'
import { runOn } from './command-line.ts'
import { manager, openWorld, validation, validator, type World } from './world.ts'

/*
 * Edits that wait for their source at the old node wait for it at the new one, if whoever moves may make them again; the
 * rows below them are the source's. Otherwise they come as values, and that is said.
 */

const asManager = ['--tenant', 'alder-vale', '--as', manager, '--purpose', 'data-intake']
const asValidator = ['--tenant', 'alder-vale', '--as', validator, '--purpose', validation]
const object = 'PatientPathway'
const terms = { owner: 'patient administration system', pendingMs: 3_600_000, counted: true, undo: true }
const level = 'identifiable' as const

async function edit(world: World, key: string, set: Record<string, string>): Promise<void> {
  await using session = await world.session(validator, validation)
  const properties = Object.keys(set)
  const done = await session.edit({
    about: { action: 'close', version: 1 },
    reads: { it: { object, level, keys: [key], columns: properties } },
    writes: [{ object, kind: 'modify', level, properties, writeOnly: [] }],
    plan: () => ({ edits: [{ kind: 'modify', read: 'it', key, set }] }),
    ...{ terms, reason: 'a test' },
  })
  assert.equal(done.outcome, 'applied')
}

async function statusOf(world: World, key: string): Promise<unknown> {
  const where = ['--where', `pathwayId=${key}`, '--columns', 'pathwayStatus']
  return (await runOn(world, ['object', 'read', object, ...where, ...asValidator])).rows[0]?.pathwayStatus
}

const columns = ['pathwayStatus', 'intendedProcedureDescription']
const mayEdit = (world: World, who: string, purpose: string) =>
  world.grant(who, object, { action: 'edit', level, purpose: purpose as PurposeId, columns })

const long = { skip: process.env.FDP_TEST_FULL ? false : 'long: FDP_TEST_FULL=1; src/node/move has the parts' }

test(
  'edits wait for their source after the move as before it, or come as values where nobody may make them',
  long,
  async () => {
    await using old = await openWorld({ patients: 12 })
    await using site = await openBearerSite(old.node)
    const [first, second] = old.rows().PatientPathway.map(({ pathwayId }) => pathwayId!)
    const { pathwayStatus: before } = old.rows().PatientPathway[0]!
    await mayEdit(old, validator, validation)
    await edit(old, first!, { pathwayStatus: 'Edited' })
    await edit(old, first!, { pathwayStatus: 'Edited again', intendedProcedureDescription: 'Canarynote, "quoted"' })
    await edit(old, second!, { pathwayStatus: 'Edited' })

    const left = join(old.home, '..', `${old.home.split('/').at(-1)}-left`)
    await using _left = { [Symbol.asyncDispose]: () => rm(left, { recursive: true, force: true }) }
    assert.equal((await runOn(old, ['export', 'tenant', left, ...asValidator])).status, 0)
    const ways = ['move', 'import'] as const
    for (const [way, again] of ways.flatMap((each) => [[each, true] as const, [each, false] as const])) {
      await using now = await openWorld({ empty: true })
      if (again) {
        await mayEdit(now, manager, 'data-intake')
        await now.grant(manager, object, { level, purpose: 'data-intake' as PurposeId })
      }
      const file = join(now.home, 'token.txt')
      await writeFile(file, await site.bearer(validator, validation), { mode: 0o600 })
      const move = ['move', 'in', '--resume', '--from', `${site.url}/tenants/alder-vale`, '--token-file', file]
      const args = [...(way === 'move' ? move : ['import', 'tenant', left]), ...asManager]
      const moved = await runOn(now, args)
      assert.equal(moved.status, 0, moved.err + moved.out)
      assert.ok(!`${moved.out}${moved.err}`.includes('Canarynote'))
      assert.equal(await statusOf(now, first!), 'Edited again')
      const said = `${moved.out}${moved.err}`
      assert.match(said, again ? /3 (of 3 )?edits wait for their source here too/ : /3 edits .* as values/)
      const resumed = await runOn(now, args)
      assert.equal(resumed.status, 0, resumed.err + resumed.out)
      if (way === 'import') assert.equal((await runOn(now, ['import', 'check', left, ...asValidator])).status, 0)
      const listed = (await runOn(now, ['edits', 'list', ...asValidator])).rows
      assert.equal(listed.length, again ? 3 : 0, 'each is made once, however often the command runs')
      if (!again) continue
      assert.deepEqual(
        new Set(listed.map(({ in: owner, action }) => [owner, action].join())),
        new Set([`${terms.owner},close`]),
      )
      await mayEdit(now, validator, validation)
      for (const { edit: id } of listed) {
        const withdrawn = await runOn(now, ['edits', 'withdraw', String(id), '--because', 'a test', ...asValidator])
        assert.equal(withdrawn.status, 0, withdrawn.err)
      }
      assert.equal(await statusOf(now, first!), before, 'the row below is the source’s')
    }
  },
)
