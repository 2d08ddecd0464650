import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { signableTypes } from '#node'
import { openSite, type Site } from '../../test/sign-in.ts'
import { openWorld, type World } from '../../test/world.ts'
import { endpoints } from './endpoints.ts'

/* `/openapi.json` against what OpenAPI 3.1.0 demands of a document (sections 4.8.1 to 4.8.17), as far as ours goes. */

interface Parameter {
  readonly name: string
  readonly in: string
  readonly required?: boolean
  readonly schema?: object
}

interface Operation {
  readonly summary: string
  readonly parameters?: readonly Parameter[]
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema?: object }>> }
  readonly responses: Readonly<Record<string, { readonly description?: string }>>
  readonly security: readonly Readonly<Record<string, readonly string[]>>[]
}

interface Api {
  readonly openapi: string
  readonly info: { readonly title?: string; readonly version?: string }
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
  readonly components: { readonly securitySchemes: Readonly<Record<string, { readonly type: string }>> }
}

let world: World
let site: Site
let api: Api
let operations: { readonly name: string; readonly path: string; readonly operation: Operation }[]
before(async () => {
  world = await openWorld({ empty: true })
  site = await openSite(world.node)
  api = (await (await site.get('/openapi.json')).json()) as Api
  operations = Object.entries(api.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ name: `${method} ${path}`, path, operation })),
  )
})
after(async () => {
  await site[Symbol.asyncDispose]()
  await world[Symbol.asyncDispose]()
})

test('it has a head, and every endpoint of the table once', () => {
  assert.deepEqual([api.openapi, api.info.title, api.info.version], ['3.1.0', 'OpenFDP', '1'])
  assert.equal(operations.length, endpoints.length)
  assert.ok(Object.keys(api.paths).every((path) => path.startsWith('/')))
})

test('every name in an address is a required parameter, and no parameter is there twice', () => {
  for (const { name, path, operation } of operations) {
    const parameters = operation.parameters ?? []
    const inPath = parameters.filter((each) => each.in === 'path')
    assert.deepEqual(inPath.map((each) => `{${each.name}}`).sort(), [...(path.match(/\{[^}]+\}/g) ?? [])].sort(), name)
    assert.ok(
      inPath.every((each) => each.required === true),
      name,
    )
    assert.ok(
      parameters.every((each) => ['path', 'query'].includes(each.in) && each.schema !== undefined),
      name,
    )
    assert.equal(new Set(parameters.map((each) => `${each.in} ${each.name}`)).size, parameters.length, name)
  }
})

test('every answer has a status and words, every body a form, every security a scheme that is there', () => {
  const schemes = Object.keys(api.components.securitySchemes)
  for (const { name, operation } of operations) {
    const answers = Object.entries(operation.responses)
    assert.ok(answers.length > 1, name)
    for (const [status, { description }] of answers) {
      assert.match(status, /^[1-5](\d\d|XX)$/, name)
      assert.ok((description ?? '') !== '', `${name} ${status}`)
    }
    assert.ok(
      operation.security.flatMap((each) => Object.keys(each)).every((scheme) => schemes.includes(scheme)),
      name,
    )
    for (const { schema } of Object.values(operation.requestBody?.content ?? {})) assert.ok(schema, name)
  }
})

test('nothing in it is of the older form, refers elsewhere, or is left of what made it', () => {
  const seen = new Set<string>()
  const walk = (node: unknown): void => {
    if (typeof node !== 'object' || node === null) return
    for (const [key, value] of Object.entries(node)) {
      seen.add(key)
      walk(value)
    }
  }
  walk(api)
  assert.deepEqual(
    ['nullable', '$ref', '$id', 'definitions', 'example'].filter((key) => seen.has(key)),
    [],
  )
})

test('every event that is signed as it stands is there with its fields, without version and signer', () => {
  for (const type of signableTypes) {
    const short = type.slice('governance.'.length)
    const operation = api.paths[`/api/v1/tenants/{tenant}/governance/events/${short}`]?.post
    const schema = operation?.requestBody?.content['application/json']?.schema as { properties: object } | undefined
    assert.ok(schema, short)
    assert.ok(!('by' in schema.properties) && !('version' in schema.properties), short)
  }
})
