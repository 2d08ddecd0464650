import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { type Endpoint, endpoints, nameOf } from '#http'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** The golden list: endpoints without a test that shows what they refuse. It must stay empty. */
const withoutRefusalTest: readonly string[] = []

/** What tests of the project say of themselves: the text of each `test('…'` and `it('…'`. */
function titles(): string[] {
  return ['src', 'test'].flatMap((folder) =>
    readdirSync(`${root}${folder}`, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && entry.name.endsWith('.test.ts'))
      .map((entry) => readFileSync(`${entry.parentPath}/${entry.name}`, 'utf8'))
      .flatMap((text) => [...text.matchAll(/\b(?:test|it)\(\s*(['`])(.+?)\1\s*,/g)].map((match) => match[2] ?? '')),
  )
}

/** `refused: GET /a and POST /b/:c when …`: the endpoints that a title names after the right word; `/b/…` is all below. */
function namedIn(title: string, word: string): string[] {
  const [, rest] = title.split(`${word}:`, 2)
  return [...(rest ?? '').matchAll(/\b(GET|POST|PUT|PATCH|DELETE) (\/[^\s,;]*)/g)].map(
    ([, method, path]) => `${method} ${path}`,
  )
}

function untested(table: readonly Pick<Endpoint, 'method' | 'path' | 'auth'>[], all: readonly string[]): string[] {
  const refused = new Set(all.flatMap((title) => namedIn(title, 'refused')))
  const harmless = new Set(all.flatMap((title) => namedIn(title, 'public facts only')))
  const isNamed = (name: string, among: ReadonlySet<string>) =>
    among.has(name) || [...among].some((each) => each.endsWith('/…') && name.startsWith(each.slice(0, -1)))
  return table.filter((each) => !isNamed(nameOf(each), each.auth === 'public' ? harmless : refused)).map(nameOf)
}

test('every endpoint has a test of what it refuses; a public one, that it gives public facts only', () => {
  assert.deepEqual(untested(endpoints, titles()), withoutRefusalTest)
  assert.deepEqual(withoutRefusalTest, [])
})

test('every endpoint is in the table once, says what it is in a sentence, and keeps its form', () => {
  const names = endpoints.map(nameOf)
  assert.deepEqual(names, [...new Set(names)])
  for (const { path, summary, auth, method, body } of endpoints) {
    assert.match(summary, /^[A-Z].{8,}[^ ]\.$/, path)
    // SCIM gives its resources capital letters (RFC 7644 section 3.2); the Ontology API writes words together.
    const ontology = path.startsWith('/tenants/:tenant/api/v2/')
    const scim = path.startsWith('/scim/') ? path.replace(/\/(Users|Groups|ServiceProviderConfig)\b/, '/x') : path
    const own = ontology ? scim.replaceAll(/\/[a-z]+([A-Z][a-z]+)+(?=\/|$)/g, '/x') : scim
    assert.match(own, /^\/([a-z0-9.-]+|:[a-z][A-Za-z]*|\*)?(\/([a-z0-9.-]+|:[a-z][A-Za-z]*|\*))*$/, path)
    if (auth === 'public') assert.ok(method === 'GET' && body === undefined, path)
  }
})

test('no address is answered but those of the table', () => {
  const files = readdirSync(`${root}src/http`, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts') && !entry.name.endsWith('.test.ts'))
    .map((entry) => `${entry.parentPath}/${entry.name}`)
  const routing = files.filter((file) =>
    /\bapp\.(get|post|put|patch|delete|all|route)\(/.test(readFileSync(file, 'utf8')),
  )
  assert.deepEqual(
    routing.map((file) => file.slice(file.indexOf('src/http'))),
    ['src/http/routes.ts'],
  )
})

test('the list itself notices an endpoint that nobody tried', () => {
  const table = [
    { method: 'GET', path: '/a', auth: 'either' },
    { method: 'POST', path: '/a/:b', auth: 'person' },
    { method: 'GET', path: '/c', auth: 'public' },
  ] as const
  assert.deepEqual(untested(table, ['refused: GET /a and GET /c']), ['POST /a/:b', 'GET /c'])
  assert.deepEqual(untested(table, ['refused: POST /a/:b, GET /a', 'public facts only: GET /c']), [])
  assert.deepEqual(untested(table, ['refused: POST /a/… for whoever is no officer, GET /a']), ['GET /c'])
  assert.deepEqual(untested(table, ['GET /a works', 'POST /a/:b is refused']), ['GET /a', 'POST /a/:b', 'GET /c'])
})
