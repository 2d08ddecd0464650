import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { openBearerSite } from './bearer-site.ts'
import { runOn } from './command-line.ts'
import { analyst, openWorld, planning } from './world.ts'

/* With a token below identifiable level, that has a reason to give: a node is the same as itself, queries included. */
test('a node compared with itself has no difference, in objects as in queries; each read is on record', async () => {
  await using world = await openWorld({ patients: 40 })
  await using site = await openBearerSite(world.node)
  const file = join(world.home, 'token.txt')
  await writeFile(file, await site.bearer(analyst, planning), { mode: 0o600 })
  const place = `${site.url}/tenants/alder-vale`
  const sides = ['--old', place, '--old-token-file', file, '--new', place, '--new-token-file', file]
  const from = world.tenant().ledger.size
  const args = ['compare', ...sides, '--period', world.today.slice(0, 7), '--because', 'Übergabe: are we whole?']
  const ran = await runOn(world, args)
  assert.equal(ran.status, 0, ran.err + ran.out)
  assert.match(ran.err, /no difference/)
  const queries = ran.rows.filter(({ kind }) => kind === 'query')
  assert.ok(queries.some(({ old }) => Number(old) > 0))
  const types = (await world.entries(from)).map(({ type }) => type)
  assert.ok(types.includes('read.opened') && types.includes('release.made'))
})
