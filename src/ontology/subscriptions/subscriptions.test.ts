import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isFdpError, seededRandom } from '#kernel'
import { fc } from '../../../test/random.ts'
import { dataChangeIn } from './data-change.ts'
import {
  objectSetChanged,
  refreshObjectSet,
  streamError,
  subscribeResponses,
  subscriptionClosed,
} from './stream-messages.ts'
import { parseSubscribe, type SubscriptionRequest } from './subscribe-message.ts'
import { SubscriptionBook } from './subscription-book.ts'
import { subscriptionLimits } from './subscription-limits.ts'
import { dueAfter, type Watched } from './watch.ts'

const base = (objectType: string) => ({ type: 'base', objectType })
const asked = (objectSet: unknown = base('RttPeriod'), more: object = {}) => ({
  ...{ objectSet, propertySet: ['statusCode'], referenceSet: [] },
  ...{ objectLoadingResponseOptions: { shouldLoadObjectRids: true }, ...more },
})
const message = (requests: unknown, id: unknown = '00000000-0000-0000-0000-000000000001') =>
  JSON.stringify({ id, requests })
const codeOf = (value: unknown) => (isFdpError(value) ? value.code : null)

function refusalOf(text: string): string | null {
  try {
    parseSubscribe(text)
    return null
  } catch (error) {
    return codeOf(error)
  }
}

test('a message that cannot be answered as a whole is refused as a whole', () => {
  const wrong = [
    '',
    'canary',
    '[]',
    'null',
    '{}',
    message({}),
    message([], ''),
    message([], 7),
    message([], 'x'.repeat(201)),
  ]
  for (const text of [...wrong, message('[]'), message([], '\ud800')]) {
    const code = refusalOf(text)
    assert.ok(code === 'FDP_ONTOLOGY_REQUEST' || code === 'FDP_ONTOLOGY_LIMIT', text.slice(0, 60))
  }
  assert.equal(refusalOf(message(Array(subscriptionLimits.requestsMax + 1).fill(1))), 'FDP_ONTOLOGY_LIMIT')
  const deep = `{"id":"1","requests":${'['.repeat(200_000)}${']'.repeat(200_000)}}`
  assert.deepEqual(parseSubscribe(deep).requests.map(codeOf), ['FDP_ONTOLOGY_REQUEST'])
})

test('what one request has wrong is said of it alone, and nothing of it is repeated', () => {
  const wrong = [
    ...[1, null, [], {}, asked({ type: 'canary' }), asked(base('')), asked(base('x'.repeat(300)))],
    ...[
      asked(undefined, { propertySet: 'canary' }),
      asked(undefined, { propertySet: [1] }),
      asked(undefined, { propertySet: ['\ud800'] }),
    ],
    asked(undefined, { propertySet: Array(subscriptionLimits.propertiesMax + 1).fill('x') }),
    asked(undefined, { referenceSet: ['canary'] }),
    asked(undefined, { objectLoadingResponseOptions: { shouldLoadObjectRids: 'canary' } }),
    asked({ type: 'methodInput' }),
  ]
  const { requests } = parseSubscribe(message([asked(), ...wrong, asked()]))
  assert.equal(requests.length, wrong.length + 2)
  assert.deepEqual([codeOf(requests[0]), codeOf(requests.at(-1))], [null, null])
  for (const each of requests.slice(1, -1)) {
    assert.ok(isFdpError(each) && !each.message.includes('canary'), JSON.stringify(each))
  }
})

test('beyond the object sets that one connection may watch, each further one is refused', () => {
  const { requests } = parseSubscribe(message(Array(subscriptionLimits.subscriptionsMax + 2).fill(asked())))
  assert.deepEqual(requests.slice(subscriptionLimits.subscriptionsMax).map(codeOf), [
    'FDP_ONTOLOGY_LIMIT',
    'FDP_ONTOLOGY_LIMIT',
  ])
  assert.ok(requests.slice(0, subscriptionLimits.subscriptionsMax).every((each) => codeOf(each) === null))
})

test('whatever is sent is read or refused with a code; nothing else happens', () => {
  const anything = fc.oneof(
    fc.string(),
    fc.json(),
    fc.json().map((inner) => `{"id":"1","requests":[${inner}]}`),
  )
  fc.assert(
    fc.property(anything, (text) => {
      try {
        for (const each of parseSubscribe(text).requests) assert.ok('key' in each || isFdpError(each))
      } catch (error) {
        assert.ok(isFdpError(error), String(error))
      }
    }),
    { numRuns: 500 },
  )
})

const requestOf = (...requests: unknown[]) => parseSubscribe(message(requests)).requests as SubscriptionRequest[]

test('what is asked for again keeps its id, whatever stands around it; what is left out is gone', () => {
  const book = new SubscriptionBook(seededRandom('book'))
  const [first] = book.replace(requestOf(asked()), (made) => made)
  const [other, again] = book.replace(requestOf(asked(base('Patient')), asked()), (made) => made)
  assert.equal(again, first)
  assert.notEqual(other, first)
  assert.deepEqual(
    book.replace([], (made) => made),
    [],
  )
  assert.equal(book.size, 0)
  assert.notEqual(book.replace(requestOf(asked()), (made) => made)[0], first)
})

test('the same asked for twice in one message has two ids and is looked up once; other properties are something else', () => {
  const book = new SubscriptionBook(seededRandom('book'))
  const ids = book.replace(requestOf(asked(), asked(), asked(undefined, { propertySet: [] })), (made) => made)
  assert.equal(new Set(ids).size, 3)
  assert.deepEqual(
    book.all().map(({ ids }) => ids.length),
    [2, 1],
  )
  assert.deepEqual(
    book.replace(requestOf(asked()), (made) => made),
    [ids[0]],
  )
})

test('messages have the form that the client reads', () => {
  assert.deepEqual(JSON.parse(refreshObjectSet('a', 'RttPeriod')), {
    type: 'refreshObjectSet',
    id: 'a',
    objectType: 'RttPeriod',
  })
  const updates = [
    { object: '{"__apiName":"RttPeriod","days":1.0}', state: 'ADDED_OR_UPDATED' as const },
    { object: '{"__apiName":"RttPeriod"}', state: 'REMOVED' as const },
  ]
  const changed = objectSetChanged('a"b', updates)
  assert.ok(changed.includes('"days":1.0'))
  assert.deepEqual(JSON.parse(changed).id, 'a"b')
  assert.deepEqual(
    (JSON.parse(changed).updates as { type: string; state: string }[]).map(({ type, state }) => [type, state]),
    [
      ['object', 'ADDED_OR_UPDATED'],
      ['object', 'REMOVED'],
    ],
  )
  const error = streamError('PropertiesNotFound', { objectType: 'RttPeriod', properties: ['x'] })
  const args = [
    { name: 'objectType', value: 'RttPeriod' },
    { name: 'properties', value: '["x"]' },
  ]
  assert.deepEqual(JSON.parse(subscriptionClosed('a', error)).cause, {
    type: 'error',
    error: 'PropertiesNotFound',
    args,
  })
  const answers = [{ type: 'success', id: 'b' } as const, { type: 'error', errors: [error] } as const]
  assert.deepEqual(JSON.parse(subscribeResponses('1', answers)).responses, [
    { type: 'success', id: 'b' },
    { type: 'error', errors: [{ error: 'PropertiesNotFound', args }] },
  ])
})

const watched = (isLinked: boolean, ...touched: [string, string[]][]): Watched => ({
  ...{ objectType: 'RttPeriod', object: 'RttPeriod', isLinked },
  touched: new Map(touched.map(([object, columns]) => [object, new Set(columns)])),
})

test('an edit of columns that nobody watches, or may see, is none to them', () => {
  const period = watched(false, ['RttPeriod', ['statusCode']])
  const edit = (object: string, properties: readonly string[] | 'all') =>
    ({ kind: 'edit', edits: [{ object, properties }] }) as const
  assert.equal(dueAfter(period, edit('RttPeriod', ['statusCode', 'x'])), 'changes')
  assert.equal(dueAfter(period, edit('RttPeriod', ['comment'])), null)
  assert.equal(dueAfter(period, edit('Patient', ['statusCode'])), null)
  assert.equal(dueAfter(period, edit('RttPeriod', 'all')), 'changes')
  const linked = watched(true, ['RttPeriod', ['statusCode']], ['PatientPathway', ['priority']])
  assert.equal(dueAfter(linked, edit('PatientPathway', ['priority'])), 'refresh')
  assert.equal(dueAfter(linked, edit('PatientPathway', ['comment'])), null)
  assert.equal(dueAfter(linked, edit('RttPeriod', ['statusCode'])), 'refresh')
})

test('a publication is due to whoever watches the type, and to nobody else', () => {
  const period = watched(false, ['RttPeriod', ['statusCode']])
  assert.equal(dueAfter(period, { kind: 'version', objects: ['RttPeriod'] }), 'refresh')
  assert.equal(dueAfter(period, { kind: 'version', objects: ['Patient'] }), null)
})

const none = { of: () => [], edit: () => null }

test('entries that change no object are none to subscribers', () => {
  for (const type of ['read.opened', 'read.completed', 'governance.grant-revoked', 'session.opened', 'flow.received']) {
    assert.equal(dataChangeIn({ index: 1, type, governance: {} } as never, none), null, type)
  }
})
