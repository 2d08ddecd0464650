import assert from 'node:assert/strict'
import { createCipheriv, hkdfSync } from 'node:crypto'
import { test } from 'node:test'
import { isFdpError, type PurposeId, parsePurposeId, toHex } from '#kernel'
import type { Keys } from '#ports'
import { fc } from '../../test/random.ts'
import { keyTypes } from './key-types.ts'
import { openTokeniser, tokenKeyInfo } from './tokeniser.ts'

const notAToken = (error: unknown) => isFdpError(error, 'FDP_PRIVACY_NOT_A_TOKEN')
const planning = parsePurposeId('planning')
const kinds = Object.keys(keyTypes)

const anyKey = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })
const anyKind = fc.constantFrom(...kinds)
const anyScope = fc.record({
  root: fc.constantFrom('root-a', 'root-b'),
  tenant: fc.constantFrom('rj1', 'rj12', 'national'),
  purpose: fc.constantFrom('planning', 'planning-2', 'audit').map(parsePurposeId),
  epoch: fc.integer({ min: 1, max: 255 }),
  kind: anyKind,
})

/** The derivation that the Keys port promises, and nothing else of it. */
function derivingKeys(tenant: string, root = 'root-a'): Keys {
  const derive = (info: Uint8Array) => new Uint8Array(hkdfSync('sha256', root, '', info, 32))
  return { tenant, derive } as Partial<Keys> as Keys
}

test('refuses what is no token: text, other UUIDs, upper case, one flipped bit', () => {
  const tokens = openTokeniser(derivingKeys('rj1'), planning, 1)
  const good = tokens.token('person', 42n)
  for (const bad of ['', 'x', good.toUpperCase(), `${good} `, `{${good}}`, good.replaceAll('-', ''), '9434765919']) {
    assert.throws(() => tokens.open('person', bad), notAToken)
  }
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 127 }), anyKey, (bit, key) => {
      const hex = tokens.token('person', key).replaceAll('-', '')
      const flipped = (BigInt(`0x${hex}`) ^ (1n << BigInt(bit))).toString(16).padStart(32, '0')
      assert.throws(() => tokens.open('person', dashed(flipped)), notAToken)
    }),
  )
  fc.assert(fc.property(fc.uuid(), (uuid) => assert.throws(() => tokens.open('person', uuid), notAToken)))
})

test('an error about a token never repeats it', () => {
  const tokens = openTokeniser(derivingKeys('rj1'), planning, 1)
  try {
    tokens.open('person', '9434765919')
    assert.fail('it opened')
  } catch (error) {
    assert.ok(!JSON.stringify(error).includes('943'))
  }
})

test('refuses an epoch outside 1 to 255, an unknown kind of key and a key beyond 64 bits', () => {
  for (const epoch of [0, -1, 256, 1.5, Number.NaN]) {
    assert.throws(() => openTokeniser(derivingKeys('rj1'), planning, epoch), { code: 'FDP_PRIVACY_BAD_EPOCH' })
  }
  const tokens = openTokeniser(derivingKeys('rj1'), planning, 1)
  for (const kind of ['', 'Person', 'nhsNumber', 'toString', '__proto__']) {
    assert.throws(() => tokens.token(kind, 1n), { code: 'FDP_PRIVACY_UNKNOWN_KEY_TYPE' })
    assert.throws(() => tokens.engineFunction(kind), { code: 'FDP_PRIVACY_UNKNOWN_KEY_TYPE' })
  }
  assert.throws(() => tokens.token('person', 2n ** 63n), RangeError)
  assert.throws(() => tokens.token('person', -(2n ** 63n) - 1n), RangeError)
})

test('tokens of two tenants, roots, purposes, epochs or kinds of key neither join nor open each other', () => {
  fc.assert(
    fc.property(anyScope, anyScope, anyKey, (a, b, key) => {
      fc.pre(JSON.stringify(a) !== JSON.stringify(b))
      const tokenA = openTokeniser(derivingKeys(a.tenant, a.root), a.purpose, a.epoch).token(a.kind, key)
      const other = openTokeniser(derivingKeys(b.tenant, b.root), b.purpose, b.epoch)
      assert.notEqual(other.token(b.kind, key), tokenA)
      assert.throws(() => other.open(b.kind, tokenA), notAToken)
    }),
    { numRuns: 500 },
  )
})

test('length prefixes keep the parts of a scope apart', () => {
  const info = (tenant: string, purpose: string) => toHex(tokenKeyInfo(tenant, purpose as PurposeId, 'person', 1))
  assert.notEqual(info('rj1', '2planning'), info('rj12', 'planning'))
})

test('a token opens to its key, and equal keys give equal tokens', () => {
  fc.assert(
    fc.property(anyScope, anyKey, (scope, key) => {
      const open = () => openTokeniser(derivingKeys(scope.tenant, scope.root), scope.purpose, scope.epoch)
      const token = open().token(scope.kind, key)
      assert.match(token, /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/)
      assert.equal(open().open(scope.kind, token), key)
      assert.equal(open().token(scope.kind, key), token)
    }),
  )
})

test('the engine function gives the same tokens by column, over any length and at any offset', () => {
  const tokens = openTokeniser(derivingKeys('rj1'), planning, 7)
  const { run, kind, name } = tokens.engineFunction('Referral')
  assert.equal(kind, 'key-to-uuid')
  assert.match(name, /^[a-z_][a-z0-9_]{0,62}$/)
  const lengths = fc.constantFrom(0, 1, 2, 2_047, 2_048, 2_049, 5_000)
  fc.assert(
    fc.property(lengths, anyKey, fc.nat({ max: 9 }), (length, first, offset) => {
      const all = BigInt64Array.from({ length: length + offset }, (_, i) => first + BigInt(i) * 7_777_777n)
      const keys = all.subarray(offset)
      const out = run(keys)
      assert.equal(out.length, length * 16)
      for (const i of new Set([0, 1, length >> 1, length - 1].filter((at) => at >= 0 && at < length))) {
        assert.equal(dashed(toHex(out.subarray(i * 16, i * 16 + 16))), tokens.token('Referral', keys[i]!))
      }
    }),
    { numRuns: 60 },
  )
})

test('a result of one call is not changed by the next', () => {
  const { run } = openTokeniser(derivingKeys('rj1'), planning, 1).engineFunction('person')
  const first = run(BigInt64Array.of(1n, 2n))
  const copy = toHex(first)
  run(BigInt64Array.of(3n, 4n))
  assert.equal(toHex(first), copy)
})

test('function names differ wherever keys differ', () => {
  const names = new Set<string>()
  for (const tenant of ['rj1', 'rj2'])
    for (const purpose of ['planning', 'audit'])
      for (const epoch of [1, 2])
        for (const kind of kinds)
          names.add(openTokeniser(derivingKeys(tenant), parsePurposeId(purpose), epoch).engineFunction(kind).name)
  assert.equal(names.size, 2 * 2 * 2 * kinds.length)
})

test('a token is the block that the format describes, made a second way', () => {
  const keys = derivingKeys('rj1')
  const block = Buffer.alloc(16)
  block.writeUInt8(keyTypes.Referral, 0)
  block.writeUInt8(9, 1)
  block.writeBigInt64BE(-5n, 2)
  block.write('OpnFDP', 10, 'ascii')
  const aes = createCipheriv('aes-256-ecb', keys.derive(tokenKeyInfo('rj1', planning, 'Referral', 9)), null)
  const expected = aes.update(block).toString('hex')
  assert.equal(openTokeniser(keys, planning, 9).token('Referral', -5n), dashed(expected))
})

function dashed(hex: string): string {
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}
