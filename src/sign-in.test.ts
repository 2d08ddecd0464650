import assert from 'node:assert/strict'
import { chmod, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import type { DemoClient } from '#adapters/provider-oidc'
import type { FdpNode } from '#node'
import { economyPlan } from '#synthetic'
import { serviceToken } from '../test/sign-in.ts'
import { openWorld } from '../test/world.ts'
import { openDemo, openSignIn } from './sign-in.ts'

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

test('the economy has a provider; its services’ secrets are for their owner’s eyes, and go with it', async () => {
  await using world = await openWorld({ tenants: everybody, empty: true })
  const signIn = openSignIn(world.node)
  assert.notEqual(await signIn.open(origin), null)
  const files = ['demo-service.json', 'demo-application.json'].map((name) => join(world.home, name))
  for (const file of files) assert.equal((await stat(file)).mode & 0o777, 0o600)
  await signIn.close()
  for (const file of files) await assert.rejects(stat(file))
})

test('each program gets a token in its own name, for its own purposes', async () => {
  await using world = await openWorld({ tenants: everybody, empty: true })
  const provider = await openDemo(world.node, origin)
  try {
    const [feed, application] = provider.services
    const nameIn = (token: string) =>
      (JSON.parse(Buffer.from(token.split('.')[1]!, 'base64url').toString()) as { preferred_username: string })
        .preferred_username
    const tokenOf = (service: DemoClient | undefined, purpose: string) =>
      serviceToken({ ...provider, service: service! }, `purpose:${purpose}`)
    await assert.rejects(tokenOf(feed, 'whole-record-care'), /no token/)
    await assert.rejects(tokenOf(application, 'data-intake'), /no token/)
    assert.equal(nameIn(await tokenOf(feed, 'data-intake')), 'nightly.feed@alder-vale.example')
    assert.equal(nameIn(await tokenOf(application, 'whole-record-care')), 'ontology.application@alder-vale.example')
  } finally {
    await provider.close()
  }
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
