import assert from 'node:assert/strict'
import { chmod, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import type { FdpNode } from '#node'
import { economyPlan } from '#synthetic'
import { openWorld } from '../test/world.ts'
import { openSignIn } from './sign-in.ts'

const everybody = economyPlan().map(({ id }) => id as string)
const origin = 'http://127.0.0.1:1'

test('a node with a tenant that is not made up starts no provider that lets anybody in', async () => {
  await using world = await openWorld({ tenants: everybody, empty: true })
  const [first = '', ...rest] = everybody
  const tenant = world.node.tenant(first)
  const real = { ...tenant, profile: { ...tenant.profile, synthetic: false } }
  const tenants = new Map([[first, real] as const, ...rest.map((id) => [id, world.node.tenant(id)] as const)])
  const nodes: FdpNode[] = [
    { ...world.node, tenants },
    { ...world.node, tenants: new Map([[first, tenant]]) },
  ]
  for (const node of nodes) {
    const signIn = openSignIn(node)
    assert.equal(await signIn.open(origin), null)
    assert.match(signIn.says(), /nobody can sign in/)
    await assert.rejects(stat(join(world.home, 'demo-service.json')))
    await signIn.close()
  }
})

test('the economy has a provider; its service’s secret is for its owner’s eyes, and goes with it', async () => {
  await using world = await openWorld({ tenants: everybody, empty: true })
  const signIn = openSignIn(world.node)
  assert.notEqual(await signIn.open(origin), null)
  const file = join(world.home, 'demo-service.json')
  assert.equal((await stat(file)).mode & 0o777, 0o600)
  await signIn.close()
  await assert.rejects(stat(file))
})

test('a provider that the settings name comes before the economy’s own; its secret must be there, for its owner only', async () => {
  await using world = await openWorld({ tenants: everybody, empty: true })
  const identity = { ...world.node.config.identity, issuer: 'https://idp.example' }
  const node = { ...world.node, config: { ...world.node.config, identity } }
  const opened = () => openSignIn(node).open(origin)
  await assert.rejects(opened(), /FdpError: .*`identity.clientSecretFile` is not there/)
  const file = join(world.home, 'identity.secret')
  await writeFile(file, 'secret\n', { mode: 0o644 })
  await assert.rejects(opened(), /can be read by others/)
  await chmod(file, 0o600)
  assert.notEqual(await opened(), null)
})
