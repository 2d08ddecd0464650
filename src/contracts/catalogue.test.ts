import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isFdpError } from '#kernel'
import { objectType, objectTypes, property } from './catalogue.ts'
import { sensitivities } from './object-type.ts'
import { careProperties, identityProperties, keyProperties, personPath, personProperty } from './parts.ts'

test('an unknown type or property is refused with the nearest name, and what is no name is not said back', () => {
  assert.throws(
    () => objectType('Pacient'),
    (error: unknown) => isFdpError(error, 'FDP_CONTRACTS_UNKNOWN_TYPE') && error.help === 'did you mean `Patient`?',
  )
  assert.throws(
    () => objectType('9434765919'),
    (error: unknown) => isFdpError(error) && !JSON.stringify(error).includes('9434765919'),
  )
  assert.throws(
    () => property(objectType('Patient'), 'date_of_brith'),
    (error: unknown) => isFdpError(error, 'FDP_CONTRACTS_UNKNOWN_PROPERTY') && /dateOfBirth/.test(error.help),
  )
})

test('has the 62 types of the model and ours', () => {
  assert.equal(objectTypes().filter((type) => type.origin === 'cdm-146').length, 62)
  assert.deepEqual(
    objectTypes().flatMap((type) => (type.origin === 'openfdp' ? [type.name] : [])),
    [
      ...['AllergyIntolerance', 'AreaDeprivation', 'CancerPathwayMdtMeeting', 'ClinicTypeErsService', 'Device'],
      ...['MedicationRequest', 'NationalDataOptOut', 'Objection', 'OfficialFigure', 'Organisation'],
      ...['ProcedureCareProfessional', 'RttPeriod', 'RttReturn', 'Type1OptOut'],
      'Vaccination',
    ],
  )
  assert.equal(objectType('mdtMeeting').name, 'MdtMeeting')
})

test('every type has its key, and names and columns are unique', () => {
  for (const type of objectTypes()) {
    const key = property(type, type.primaryKey)
    assert.equal(key.role, 'primary-key', type.name)
    assert.equal(key.nullable, false, type.name)
    assert.equal(type.properties.filter(({ role }) => role === 'primary-key').length, 1, type.name)
    for (const part of ['name', 'column'] as const) {
      assert.equal(new Set(type.properties.map((one) => one[part])).size, type.properties.length, type.name)
    }
    for (const one of type.properties) assert.ok(sensitivities.includes(one.sensitivity))
  }
})

test('every property is in exactly one of key, identity and care', () => {
  for (const type of objectTypes()) {
    const parts = [...keyProperties(type), ...identityProperties(type), ...careProperties(type)]
    assert.equal(parts.length, type.properties.length, type.name)
    assert.equal(new Set(parts).size, type.properties.length, type.name)
  }
})

test('references lead to the key of a type that exists', () => {
  for (const type of objectTypes()) {
    for (const { references, role, name } of type.properties) {
      if (role === 'foreign-key') assert.ok(references, `${type.name}.${name}`)
      if (!references) continue
      assert.equal(objectType(references.object).primaryKey, references.property, `${type.name}.${name}`)
      if (role === 'foreign-key') assert.ok(objectType(references.object).personLevel, `${type.name}.${name}`)
    }
  }
})

test('every person-level type leads to a patient', () => {
  for (const type of objectTypes()) {
    const path = personPath(type)
    assert.equal(path.length > 0, type.personLevel, type.name)
    assert.equal(personProperty(type) === null, path.length !== 1, type.name)
  }
  assert.equal(personProperty(objectType('Patient'))?.name, 'personId')
  assert.equal(personProperty(objectType('Admission'))?.name, 'patientId')
  assert.deepEqual(
    personPath(objectType('CancerTrackingComment')).map((step) => `${step.object}.${step.property.name}`),
    ['CancerTrackingComment.cancerPathwayId', 'CancerPathway.patientId'],
  )
})

test('links join what exists on both ends', () => {
  for (const type of objectTypes()) {
    for (const link of type.links) {
      const other = objectType(link.object)
      if (!link.join) continue
      property(type, link.join.from)
      property(other, link.join.to)
    }
  }
})

test('every link says which rows it links: by properties, or through a table that has the keys of both ends', () => {
  const seen: string[] = []
  for (const type of objectTypes()) {
    for (const { name, object, cardinality, join, through } of type.links) {
      assert.equal(join === null, through !== undefined, `${type.name}.${name}`)
      if (!through) continue
      const table = objectType(through.object)
      const other = objectType(object)
      assert.equal(cardinality, 'many')
      assert.deepEqual([through.near.from, through.far.to], [type.primaryKey, other.primaryKey])
      for (const [column, end] of [[through.near.to, type] as const, [through.far.from, other] as const]) {
        const { references, nullable } = property(table, column)
        assert.deepEqual(references, { object: end.name, property: end.primaryKey })
        assert.equal(nullable, false)
      }
      // A row about a patient's record is about the patient.
      assert.equal(table.personLevel, type.personLevel || other.personLevel)
      const back = other.links.find((link) => link.through?.object === table.name)?.through
      assert.deepEqual(back, {
        object: table.name,
        near: { from: through.far.to, to: through.far.from },
        far: { from: through.near.to, to: through.near.from },
      })
      seen.push(`${type.name}.${name}`)
    }
  }
  assert.deepEqual(seen, [
    ...['CancerPathway.mdtMeetings', 'CareProfessional.procedures', 'ClinicType.ersService', 'ErsService.clinicType'],
    ...['MdtMeeting.cancerPathways', 'Procedure.careProfessionals'],
  ])
})
