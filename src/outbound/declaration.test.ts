import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { isFdpError } from '#kernel'
import { changeMap, routeText } from '../../test/outbound-peer.ts'
import { parseOutboundMap, parseOutboundRoute } from './index.ts'

const secret = 'SECRETVALUE'
const shipped = new URL('../../mappings/hl7v2/outbound/', import.meta.url)
const mapText = (name: string) =>
  name.startsWith('maps/') ? changeMap : readFileSync(new URL(`${name}.yaml`, shipped), 'utf8')
const good = routeText({ port: 2575 })
const route = (text: string) => parseOutboundRoute('pas', text, mapText)

function placeOf(parse: () => unknown): string {
  try {
    parse()
  } catch (error) {
    assert.ok(isFdpError(error))
    assert.doesNotMatch(JSON.stringify(error), new RegExp(secret))
    return `${error.code} ${error.params.where}`
  }
  return 'taken'
}

test('a declaration that is not right is refused by its place, with nothing of its text', () => {
  const away = good.replace('127.0.0.1', '10.1.2.3')
  const ca = 'tlsCa: /etc/fdp/ca.crt\n'
  const cases: readonly (readonly [string, string])[] = [
    [`${good}more: ${secret}\n`, 'more'],
    [`${good}: : ${secret}`, 'line 12'],
    [away, 'tlsCa'],
    [`${good}tlsCa: ${secret}.pem\n`, 'tlsCa'],
    [`${away}${ca}tlsKey: /etc/fdp/own.key\n`, 'tlsCert'],
    [`${good}tlsKey: /etc/fdp/own.key\ntlsCert: /etc/fdp/own.crt\n`, 'tlsCa'],
    [good.replace('PAS|RZ1', secret), 'to'],
    [good.replace('PAS|RZ1', `PAS^${secret}|RZ1`), 'to'],
    [good.replace('2575', '0'), 'port'],
    [good.replace('vera.blake@', `${secret} @`), 'by'],
    [good.replace('ADT^A08', secret), 'messages.0.event'],
    [good.replace('maps/change', `../${secret}`), 'messages.0.map'],
    [good.replace('maps/change', secret), 'messages.0.map'],
    [
      good.replace('messages: [', 'messages: [{ action: request-pathway-change, event: ADT^A08, map: maps/change }, '),
      'messages',
    ],
  ]
  for (const [text, where] of cases) {
    const found = placeOf(() => route(text)).replace('FDP_OUTBOUND_DECLARATION ', '')
    assert.equal(found, where, text)
  }
  assert.equal(
    placeOf(() => route(`${away}${ca}`)),
    'taken',
  )
  assert.equal(
    placeOf(() => route(`${away}clear: true\n`)),
    'taken',
  )
})

test('a map that is not right is refused by its place, with nothing of its text', () => {
  const map = (from: string, to: string) => placeOf(() => parseOutboundMap('change', changeMap.replace(from, to)))
  for (const path of [
    'surnames',
    'patient',
    'patient.surnames',
    'newValue.x',
    'encounterId.patientId.personId.x',
    'primaryEvidenceSource.y',
    'secondaryEvidenceSource',
    'patient.patient.surname',
  ]) {
    assert.equal(map('patient.surname', path), 'FDP_OUTBOUND_MAP segments.1.fields.5.1', path)
  }
  assert.equal(map('ChangeLogRequest', secret), 'FDP_OUTBOUND_MAP object')
  assert.equal(map('segment: EVN', 'segment: MSH'), 'FDP_OUTBOUND_MAP segments.0')
  assert.equal(map('ADT_A01', secret), 'FDP_OUTBOUND_MAP structure')
  assert.equal(map('"5.1"', '"5.0"'), 'FDP_OUTBOUND_MAP segments.1.fields.5.0')
  assert.equal(map('openfdp/outbound-map', secret), 'FDP_FORMAT_UNKNOWN undefined')
  assert.equal(map('version: 1', 'version: 2'), 'FDP_FORMAT_NEWER undefined')
  assert.equal(
    placeOf(() => parseOutboundMap('change', `- ${secret}`)),
    'FDP_OUTBOUND_MAP the top',
  )
  assert.equal(map('patient.surname', 'encounterId.patientId.surname'), 'taken')
})

test('the maps that come with the program can be read, and what a declaration comes to is told by its hash', () => {
  const names = readdirSync(shipped).map((name) => name.replace('.yaml', ''))
  assert.deepEqual(names.sort(), ['priority', 'theatre-booking', 'validated-change'])
  for (const name of names) assert.equal(parseOutboundMap(name, mapText(name)).name, name)
  const before = route(good).sha256
  assert.equal(route(`# a word\n${good}`).sha256, before)
  assert.notEqual(route(good.replace('2575', '2576')).sha256, before)
  const other = parseOutboundRoute('pas', good, () => changeMap.replace('from: newValue', 'from: description'))
  assert.notEqual(other.sha256, before)
})
