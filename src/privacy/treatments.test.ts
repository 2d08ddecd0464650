import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type ObjectType, objectTypes, type Property, sensitivities } from '#contracts'
import { fc } from '../../test/random.ts'
import { keyTypes } from './key-types.ts'
import { type Level, placement, shown } from './treatments.ts'

const levels: readonly Level[] = ['identifiable', 'pseudonymised', 'aggregate']
const below: readonly Level[] = ['pseudonymised', 'aggregate']
const everyProperty = objectTypes().flatMap((type) => type.properties.map((property) => ({ type, property })))

function typeWith(personLevel: boolean, over: Partial<Property>): [ObjectType, Property] {
  const property: Property = {
    name: 'thing',
    column: 'thing',
    type: 'text',
    nullable: true,
    severity: null,
    values: null,
    sensitivity: 'operational',
    role: null,
    source: 'own',
    ...over,
  }
  const type: ObjectType = {
    name: 'Referral',
    apiName: 'Referral',
    table: 'referral',
    primaryKey: 'referralId',
    personLevel,
    origin: 'openfdp',
    snapshot: 'all',
    properties: [property],
    links: [],
    rules: [],
  }
  return [type, property]
}

test('direct, text, staff and unlabelled values are in the vault alone and hidden below identifiable level', () => {
  for (const sensitivity of ['direct', 'text', 'staff', undefined, 'nonsense'] as Property['sensitivity'][])
    for (const personLevel of [true, false])
      for (const type of ['text', 'date', 'timestamp', 'integer', 'texts'] as const) {
        const [objectType, property] = typeWith(personLevel, { sensitivity, type })
        assert.deepEqual(placement(objectType, property), { lake: 'none', vault: true })
        for (const level of below) assert.deepEqual(shown(objectType, property, level), { kind: 'hidden' })
        const exact = { kind: 'vault', onlyIfNamed: false }
        assert.deepEqual(shown(objectType, property, 'identifiable'), exact)
      }
})

test('restricted values need a grant that names the column, whatever else they are', () => {
  for (const role of [null, 'primary-key', 'foreign-key', 'external-id'] as const) {
    const [type, property] = typeWith(true, { sensitivity: 'restricted', role })
    assert.deepEqual(placement(type, property), { lake: 'none', vault: true })
    for (const level of below) assert.deepEqual(shown(type, property, level), { kind: 'hidden' })
    assert.deepEqual(shown(type, property, 'identifiable'), { kind: 'vault', onlyIfNamed: true })
  }
})

test('no label lets an NHS number or a hospital number out of the vault', () => {
  for (const name of ['nhsNumber', 'motherNhsNumber', 'mrn', 'patientExternalId'])
    for (const role of [null, 'external-id', 'primary-key'] as const)
      for (const sensitivity of sensitivities) {
        const [type, property] = typeWith(true, { name, role, sensitivity })
        assert.equal(placement(type, property).lake, 'none', `${name} ${role} ${sensitivity}`)
        for (const level of below) assert.equal(shown(type, property, level).kind, 'hidden')
      }
})

test('the time of a date of birth, written any way and with any label, does not reach the lake', () => {
  for (const name of ['dateOfBirth', 'birthDate', 'babyBirthTimestamp'])
    for (const type of ['date', 'timestamp'] as const)
      for (const sensitivity of ['quasi', 'clinical', 'operational'] as const) {
        const [objectType, property] = typeWith(true, { name, type, sensitivity })
        assert.deepEqual(placement(objectType, property), { lake: { coarse: 'birth-year' }, vault: true })
      }
})

test('the treatment of each kind of value', () => {
  const cases: readonly [Partial<Property>, string, string, string, string][] = [
    [{ name: 'dateOfDeath', type: 'date', sensitivity: 'quasi' }, 'month+vault', 'vault', 'clear', 'clear'],
    [{ name: 'startDate', type: 'date', sensitivity: 'quasi' }, 'month+vault', 'vault', 'clear', 'clear'],
    [{ name: 'startDate', type: 'date', sensitivity: 'clinical' }, 'clear', 'clear', 'clear', 'clear'],
    [{ name: 'postcode', sensitivity: 'quasi' }, 'outward-code+vault', 'vault', 'clear', 'clear'],
    [{ name: 'age', type: 'long', sensitivity: 'quasi' }, 'age-band+vault', 'vault', 'clear', 'clear'],
    [{ name: 'startTimestamp', type: 'timestamp', sensitivity: 'quasi' }, 'clear', 'clear', 'coarse', 'coarse'],
    [{ name: 'startTimestamp', type: 'timestamp', sensitivity: 'operational' }, 'clear', 'clear', 'coarse', 'coarse'],
    [{ name: 'procedureTimeOrOrder', sensitivity: 'quasi' }, 'none+vault', 'vault', 'hidden', 'hidden'],
    [{ name: 'birthWeightGrams', type: 'integer', sensitivity: 'quasi' }, 'clear', 'clear', 'coarse', 'coarse'],
    [{ name: 'patientWeightKg', type: 'double', sensitivity: 'quasi' }, 'clear', 'clear', 'coarse', 'coarse'],
    [{ name: 'sex', sensitivity: 'quasi' }, 'clear', 'clear', 'clear', 'clear'],
    [{ name: 'referralId', role: 'primary-key', sensitivity: 'direct' }, 'key+vault', 'vault', 'token', 'hidden'],
    [{ name: 'pathwayId', role: 'foreign-key', sensitivity: 'operational' }, 'key+vault', 'vault', 'token', 'hidden'],
    [{ name: 'ubrn', role: 'external-id', sensitivity: 'direct' }, 'key+vault', 'vault', 'token', 'hidden'],
    [
      { name: 'ids', role: 'external-id', type: 'texts', sensitivity: 'direct' },
      'none+vault',
      'vault',
      'hidden',
      'hidden',
    ],
  ]
  for (const [over, place, ...kinds] of cases) {
    const [type, property] = typeWith(true, over)
    const { lake, vault } = placement(type, property)
    assert.equal(`${typeof lake === 'object' ? lake.coarse : lake}${vault ? '+vault' : ''}`, place, property.name)
    assert.deepEqual(
      levels.map((level) => shown(type, property, level).kind),
      kinds,
      property.name,
    )
  }
})

test('a foreign key has the token type of what it points to, so that tokens of one purpose join', () => {
  const over = { role: 'foreign-key', references: { object: 'Patient', property: 'personId' } } as const
  const [type, property] = typeWith(true, over)
  assert.deepEqual(shown(type, property, 'pseudonymised'), { kind: 'token', keyType: 'Patient' })
})

test('over every property of every contract: what is shown is where it is said to be, and each token type exists', () => {
  assert.ok(everyProperty.length > 1_000)
  for (const { type, property } of everyProperty) {
    const { lake, vault } = placement(type, property)
    for (const level of levels) {
      const how = shown(type, property, level)
      const where = `${type.name}.${property.name} ${level}`
      if (how.kind === 'vault') assert.ok(vault && level === 'identifiable', where)
      if (how.kind === 'token') assert.ok(lake === 'key' && Object.hasOwn(keyTypes, how.keyType), where)
      if (how.kind === 'coarse') assert.ok(lake === 'clear' && level !== 'identifiable', where)
      if (how.kind === 'clear') assert.ok(lake === 'clear' || (how.stored !== null && typeof lake === 'object'), where)
      if (level !== 'identifiable' && lake === 'key') assert.notEqual(how.kind, 'clear', where)
    }
    assert.notEqual(shown(type, property, 'identifiable').kind, 'hidden')
  }
})

test('a lower level never shows more', () => {
  const rank = { hidden: 0, token: 1, coarse: 1, clear: 2, vault: 3 }
  fc.assert(
    fc.property(fc.constantFrom(...everyProperty), ({ type, property }) => {
      const ranks = levels.map((level) => rank[shown(type, property, level).kind])
      assert.ok(ranks[0]! >= ranks[1]! && ranks[1]! >= ranks[2]!)
    }),
    { numRuns: 2_000 },
  )
})
