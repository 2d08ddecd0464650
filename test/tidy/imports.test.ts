import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, relative, resolve, sep } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** Who may import whom: each module and everything it may name. The order is the architecture. */
const layers: readonly (readonly string[])[] = [
  ['kernel'],
  ['contracts'],
  ['ports'],
  ['files'],
  ['ledger', 'privacy', 'fhir', 'mapping', 'hl7v2', 'declared'],
  ['governance'],
  ['flows', 'gate'],
  ['ontology', 'metrics', 'audit', 'actions', 'docks', 'messages', 'models', 'outbound'],
  ['products'],
  ['synthetic'],
  ['node'],
  ['http', 'cli'],
]

/** npm packages by the folder that may import them; everything else uses Node and our modules only. */
const packages: Readonly<Record<string, readonly string[]>> = {
  kernel: ['canonicalize'],
  ports: ['@sinclair/typebox'],
  governance: ['@sinclair/typebox', '@cedar-policy/cedar-wasm'],
  mapping: ['yaml'],
  metrics: ['yaml', 'yauzl'],
  audit: ['@sinclair/typebox', 'elkjs'],
  declared: ['yaml', '@sinclair/typebox'],
  docks: ['@sinclair/typebox'],
  messages: ['@sinclair/typebox'],
  models: ['@sinclair/typebox'],
  outbound: ['@sinclair/typebox'],
  products: ['yaml'],
  node: ['yaml', '@sinclair/typebox', 'pino'],
  http: [
    'fastify',
    '@fastify/cookie',
    '@fastify/rate-limit',
    '@fastify/swagger',
    '@fastify/cors',
    '@fastify/websocket',
    '@sinclair/typebox',
  ],
  cli: ['commander', 'cli-progress', 'cli-table3'],
  'adapters/connect-sql': ['pg', 'tedious', 'oracledb', '@sinclair/typebox'],
  'adapters/tell-webhook': ['@sinclair/typebox'],
  'adapters/tell-email': ['@sinclair/typebox', 'nodemailer'],
  'adapters/connect-s3': ['aws4fetch', 'saxes', '@sinclair/typebox'],
  'adapters/connect-sftp': ['ssh2', '@sinclair/typebox'],
  'adapters/engine-duckdb': ['@duckdb/node-api'],
  'adapters/connect-fhir': ['@sinclair/typebox', 'jose'],
  'adapters/identity-oidc': ['openid-client', 'jose'],
  'adapters/source-cds-xml': ['saxes'],
  'adapters/source-parquet': ['hyparquet'],
  'adapters/source-xlsx': ['saxes'],
  'adapters/source-zip': ['yauzl'],
  'adapters/provider-oidc': ['oidc-provider', 'jose'],
}

function sourceFiles(folder: string): string[] {
  return readdirSync(`${root}${folder}`, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => relative(root, resolve(entry.parentPath, entry.name)).split(sep).join('/'))
}

function importsOf(file: string): string[] {
  const text = readFileSync(`${root}${file}`, 'utf8')
  const patterns = [
    /^(?:import|export|\})[^'\n]*\sfrom\s+'([^']+)'/gm,
    /^import\s+'([^']+)'/gm,
    /\bimport\(\s*'([^']+)'\s*\)/g,
  ]
  return [...new Set(patterns.flatMap((pattern) => [...text.matchAll(pattern)].map((match) => match[1] ?? '')))]
}

/** `gate`, `adapters/lake-fs`, or `main`. */
function moduleOf(file: string): string {
  const parts = file.split('/').slice(1)
  if (parts.length === 1) return 'main'
  return parts[0] === 'adapters' ? `adapters/${parts[1]}` : (parts[0] ?? '')
}

const layerOf = (module: string) => layers.findIndex((layer) => layer.includes(module))

function mayImport(from: string, to: string): boolean {
  if (from === 'main') return true
  if (to.startsWith('adapters/')) return false
  if (from.startsWith('adapters/')) return ['kernel', 'contracts', 'ports', 'files'].includes(to)
  if (to === 'synthetic') return from === 'cli'
  if (to === 'files') return from === 'node'
  return layerOf(to) >= 0 && layerOf(to) < layerOf(from)
}

function complaint(file: string, name: string): string | null {
  const from = moduleOf(file)
  const isTest = file.endsWith('.test.ts')
  if (name.startsWith('node:')) return null
  if (name.startsWith('#')) {
    const to = name.slice(1)
    if (to === from) return `${file} imports its own module by name`
    return isTest || mayImport(from, to) ? null : `${file} (${from}) may not import ${name}`
  }
  if (name.startsWith('.')) {
    const target = relative(root, resolve(root, dirname(file), name))
      .split(sep)
      .join('/')
    if (isTest && target.startsWith('test/')) return null
    return moduleOf(target) === from && target.startsWith('src/') ? null : `${file} reaches into ${target}`
  }
  const allowed = packages[from] ?? []
  const ok = from === 'main' || isTest || allowed.some((item) => name === item || name.startsWith(`${item}/`))
  return ok ? null : `${file} (${from}) may not import the package ${name}`
}

test('every import goes down the list, and every package is expected where it is used', () => {
  const complaints = sourceFiles('src').flatMap((file) =>
    importsOf(file).flatMap((name) => complaint(file, name) ?? []),
  )
  assert.deepEqual(complaints, [])
})

test('the rule itself refuses what it should', () => {
  assert.notEqual(complaint('src/gate/x.ts', '#flows'), null)
  assert.notEqual(complaint('src/kernel/x.ts', '#ports'), null)
  assert.notEqual(complaint('src/adapters/lake-fs/x.ts', '#adapters/vault-fs'), null)
  assert.notEqual(complaint('src/http/x.ts', '#synthetic'), null)
  assert.notEqual(complaint('src/gate/x.ts', '../ledger/log.ts'), null)
  assert.notEqual(complaint('src/gate/x.ts', 'yaml'), null)
  assert.equal(complaint('src/gate/x.ts', '#governance'), null)
})

test('only the kernel and named adapters ask the system for time or chance', () => {
  const offenders = sourceFiles('src')
    .filter((file) => !file.endsWith('.test.ts') && !file.startsWith('src/kernel/'))
    .filter((file) =>
      /\bDate\.now\(|new Date\(\)|Math\.random\(|\brandomBytes\(|\brandomUUID\(/.test(
        readFileSync(`${root}${file}`, 'utf8'),
      ),
    )
  assert.deepEqual(offenders, [])
})

test('every module opens by saying what it is and what it never does', () => {
  const indexes = sourceFiles('src').filter((file) => /^src\/(adapters\/)?[a-z0-9-]+\/index\.ts$/.test(file))
  const silent = indexes.filter((file) => {
    const head = readFileSync(`${root}${file}`, 'utf8').split('*/')[0] ?? ''
    return !head.startsWith('/**') || !/never/i.test(head) || head.split('\n').length > 18
  })
  assert.deepEqual(silent, [])
})

test('nothing exports by default, and no file is a drawer for odds and ends', () => {
  const files = sourceFiles('src')
  assert.deepEqual(
    files.filter((file) => /(^|\n)export default\b/.test(readFileSync(`${root}${file}`, 'utf8'))),
    [],
  )
  assert.deepEqual(
    files.filter((file) => /(^|\/)(utils?|common|helpers?|shared|manager)(\.test)?\.ts$/.test(file)),
    [],
  )
})
