import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openSite } from '../../test/sign-in.ts'
import { openWorld } from '../../test/world.ts'

const listed = 'https://application.example'

test('pages of a site that is listed may call the Ontology API with a token, nothing else and never with a cookie', async () => {
  await using world = await openWorld({ empty: true })
  const ontology = { ...world.node.config.ontology, origins: [listed] }
  await using site = await openSite({ ...world.node, config: { ...world.node.config, ontology } })
  const ask = (path: string, origin: string, method = 'GET') =>
    site.get(path, {
      method,
      headers: {
        origin,
        ...(method === 'OPTIONS'
          ? { 'access-control-request-method': 'POST', 'access-control-request-headers': 'authorization' }
          : {}),
      },
    })
  const api = '/tenants/alder-vale/api/v2/ontologies'
  const allowed = (reply: Response) => reply.headers.get('access-control-allow-origin')
  const before = await ask(api, listed, 'OPTIONS')
  assert.equal(before.status, 204)
  assert.equal(allowed(before), listed)
  assert.match(before.headers.get('access-control-allow-headers') ?? '', /authorization/)
  const refused = await ask(api, listed)
  assert.equal(refused.status, 401)
  // The page reads why.
  assert.equal(allowed(refused), listed)
  assert.equal(refused.headers.get('access-control-allow-credentials'), null)
  for (const reply of [
    await ask(api, 'https://elsewhere.example'),
    await ask(api, 'https://elsewhere.example', 'OPTIONS'),
    await ask('/api/v1/me', listed),
    await ask('/api/v1/me', listed, 'OPTIONS'),
  ]) {
    assert.notEqual(allowed(reply), listed)
    assert.equal(allowed(reply) === '*', false)
  }
})

test('with no site listed no page of another site is let in', async () => {
  await using world = await openWorld({ empty: true })
  await using site = await openSite(world.node)
  const reply = await site.get('/tenants/alder-vale/api/v2/ontologies', { headers: { origin: listed } })
  assert.equal(reply.headers.get('access-control-allow-origin'), null)
})
