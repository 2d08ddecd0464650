import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { isFdpError } from '#kernel'
import { loadProduct } from './load-product.ts'
import { readProductFolder } from './product-folder.ts'
import { shippedProducts } from './shipped-products.ts'

const files = readProductFolder(fileURLToPath(new URL('../../products/theatres', import.meta.url)))
const booking = 'actions/book-theatre.yaml'
const cancelling = 'actions/cancel-theatre-booking.yaml'

/** Changes one file and expects the complaint at the changed line. */
function refused(file: string, from: string, to: string, problem: RegExp, help: RegExp = /./): void {
  const text = files.get(file)!
  assert.ok(text.includes(from), `${from} is not in ${file}`)
  const line = text.slice(0, text.indexOf(from)).split('\n').length
  assert.throws(
    () => loadProduct(new Map([...files, [file, text.replace(from, to)]])),
    (error) => {
      assert.ok(isFdpError(error, 'FDP_METRICS_DECLARATION'), String(error))
      assert.match(error.message, problem)
      assert.match(error.help, help)
      assert.deepEqual([error.params.file, error.params.line], [file, line], error.message)
      return true
    },
  )
}

test('an action names what the contracts have, or is refused with file, line and the nearest name', () => {
  refused(booking, 'create: TheatreBooking', 'create: TheatreBookings', /object type/, /`TheatreBooking`/)
  refused(
    booking,
    'expectedDuration: { parameter: e',
    'expectedDurations: { parameter: e',
    /property/,
    /`expectedDuration`/,
  )
  refused(booking, '{ property: session.date }', '{ property: session.data }', /property `data`/, /`date`/)
  refused(booking, 'belongsTo: encounter', 'belongsTo: encounters', /parameter/, /`encounter`/)
  refused(booking, '{ property: encounter.patientId }', '{ property: expectedDuration.x }', /names no object/)
  refused(booking, '{ value: Booked }', '{ value: Booket }', /value/, /`Booked`/)
  const [test, other] = ['isOneOf', 'isAnyOf'].map((name) => `property: booking.status\n      ${name}`)
  refused(cancelling, test!, other!, /one test/, /isOneOf/)
})

test('a value fits its property, and a primary key is the node’s', () => {
  refused(booking, 'datetimeBooked: now', 'datetimeBooked: today', /is a timestamp, and this a date/)
  refused(booking, '{ value: false }', '{ value: no }', /is a boolean/)
  refused(
    booking,
    'expectedDuration: { parameter: expectedDuration }',
    'expectedDuration: { parameter: session }',
    /long/,
  )
  refused(booking, 'status: { value: Booked }', 'theatreBookingId: { value: B1 }', /primary key/, /key:/)
  refused(cancelling, '[cancellationReasonFreeText]', '[cancelledOtd]', /unknown property/)
})

test('a record about a patient belongs to one about a patient', () => {
  refused(booking, 'belongsTo: encounter', 'belongsTo: session', /belongs to one about a patient/)
})

test('every action says whose system it waits for, how long, and what returns count until then', () => {
  for (const key of ['sourceSystem', 'pendingHours', 'countsInReturns', 'undo', 'reason']) {
    const text = files.get(cancelling)!.replace(new RegExp(`^  ${key}:.*\n(    .*\n)*`, 'm'), '')
    assert.throws(() => loadProduct(new Map([...files, [cancelling, text]])), new RegExp(`\`${key}\` is missing`))
  }
  const all = shippedProducts().flatMap(({ actions }) => Object.values(actions))
  assert.ok(all.length >= 7)
  for (const { countsInReturns } of all) assert.match(countsInReturns.rule, /^[A-Z].*\.$/)
})
