import assert from 'node:assert/strict'
import { test } from 'node:test'
import { wireObjectTypeFullMetadataToSdkObjectMetadata } from '@osdk/generator-converters'
import { objectTypes } from '#contracts'
import type { Visible } from '#gate'
import { type Level, shown } from '#privacy'
import { fullMetadataOf, hiddenKey, objectTypeOf } from './object-types.ts'
import { isOntology, ontologyApiName, ontologyMetadata } from './ontology.ts'
import { ontologyRid } from './rids.ts'
import { sightOf } from './sight.ts'
import { displayName, plural } from './words.ts'

/** Sees all that exists at a level, but for what is taken away. */
function seeing(level: Level, without: (object: string, property: string) => boolean = () => false) {
  const visible = (object: string): Visible | null => {
    const type = objectTypes().find(({ name }) => name === object)
    if (!type) return null
    const columns = type.properties
      .filter((each) => shown(type, each, level).kind !== 'hidden' && !without(object, each.name))
      .map(({ name }) => name)
    return columns.length === 0 ? null : { level, columns, scopedBy: [] }
  }
  return sightOf({ visible })
}

const of = { tenant: 'alder-vale', name: 'Alder Vale' }
const nothing = { actionTypes: {}, queryTypes: {} }

test('what may not be seen is not there: a type, a property, a link by a property at either end, whatever was asked for by name', () => {
  const none = seeing('identifiable', () => true)
  assert.deepEqual(ontologyMetadata(of, none, nothing).objectTypes, {})
  const withoutWard = seeing('identifiable', (object) => object === 'Ward')
  const asked = { objectTypes: ['Ward', 'WardStay', 'Nothing'], actionTypes: ['x'], queryTypes: [] }
  const some = ontologyMetadata(of, withoutWard, nothing, asked)
  assert.deepEqual(Object.keys(some.objectTypes), ['WardStay'])
  const stay = some.objectTypes.WardStay!
  assert.ok(stay.linkTypes.every((link) => link.objectTypeApiName !== 'Ward'))
  const all = fullMetadataOf(seeing('identifiable').find('WardStay')!, seeing('identifiable'))
  const toWard = all.linkTypes.find((link) => link.objectTypeApiName === 'Ward')
  assert.ok(toWard)

  const { join, name } = objectTypes()
    .find((type) => type.name === 'WardStay')!
    .links.find((link) => link.object === 'Ward' && link.join)!
  for (const [object, property] of [
    ['WardStay', join!.from],
    ['Ward', join!.to],
  ] as const) {
    const sight = seeing('identifiable', (at, each) => at === object && each === property)
    const { linkTypes, objectType } = fullMetadataOf(sight.find('WardStay')!, sight)
    assert.ok(linkTypes.every(({ apiName }) => apiName !== name))
    if (object === 'WardStay') assert.equal(objectType.properties[property], undefined)
  }
})

test('below identifiable level a property has the type of what is shown, and what is hidden is not there', () => {
  const at = (level: Level) => objectTypeOf(seeing(level).find('Patient')!).properties
  assert.equal(at('pseudonymised').nhsNumber, undefined)
  assert.deepEqual(at('pseudonymised').personId?.dataType, { type: 'string' })
  const stay = (level: Level) => objectTypeOf(seeing(level).find('WardStay')!).properties
  const moment = objectTypes()
    .find(({ name }) => name === 'WardStay')!
    .properties.find(({ type }) => type === 'timestamp')!.name
  assert.deepEqual(stay('identifiable')[moment]?.dataType, { type: 'timestamp' })
  assert.deepEqual(stay('pseudonymised')[moment]?.dataType, { type: 'date' })
})

test('the client understands every object type at every level, and finds a key in each', () => {
  for (const level of ['identifiable', 'pseudonymised', 'aggregate'] as const) {
    const sight = seeing(level)
    for (const seen of sight.all()) {
      const full = JSON.parse(JSON.stringify(fullMetadataOf(seen, sight)))
      const said: string[] = []
      const info = (message: string) => said.push(message)
      const understood = wireObjectTypeFullMetadataToSdkObjectMetadata(full, true, { info } as never)
      assert.deepEqual(said, [])
      assert.equal(understood.primaryKeyType, 'string')
      const names = Object.keys(understood.properties)
      assert.deepEqual(names.filter((name) => name !== hiddenKey).sort(), [...seen.columns].sort())
      assert.equal(Object.keys(understood.links).length, full.linkTypes.length)
      assert.equal(understood.apiName, seen.type.apiName)
    }
    assert.ok(sight.all().length > 60)
  }
})

test('both sides of a link name one link type; identifiers are the same at every start', () => {
  const sight = seeing('identifiable')
  const sides = sight.all().flatMap((seen) => fullMetadataOf(seen, sight).linkTypes.map((link) => link.linkTypeRid))
  const shared = sides.filter((rid, at) => sides.indexOf(rid) !== at)
  assert.ok(shared.length > 100)
  assert.equal(ontologyRid('alder-vale'), 'ri.ontology.main.ontology.4e2a4b8e-81e0-8c81-b084-add348b8ae39')
})

test('an address means the ontology by the published name or by the identifier of its own tenant', () => {
  assert.ok(isOntology(of, ontologyApiName))
  assert.ok(isOntology(of, ontologyRid('alder-vale')))
  assert.ok(!isOntology(of, ontologyRid('brook-haven')))
  assert.ok(!isOntology(of, 'alder-vale'))
})

test('names are said in words', () => {
  assert.deepEqual(['rttPeriodStart', 'NHSNumber', 'mdtMeeting', 'eMed3FitNote'].map(displayName), [
    'Rtt period start',
    'NHS number',
    'Mdt meeting',
    'E med3 fit note',
  ])
  assert.deepEqual(['Comorbidity', 'Birth', 'Ward stay', 'Procedure status'].map(plural), [
    'Comorbidities',
    'Births',
    'Ward stays',
    'Procedure statuses',
  ])
})
