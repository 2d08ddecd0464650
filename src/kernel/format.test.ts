import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type FormatSpec, readFormat, writeFormat } from './format.ts'
import type { JsonObject } from './json.ts'

interface Visit extends JsonObject {
  readonly ward: string
  readonly beds: number
}

/** Version 1 had `place`, version 2 `ward`, version 3 adds `beds`. */
const visit: FormatSpec<Visit> = {
  format: 'openfdp/visit',
  version: 3,
  migrations: {
    1: ({ place, ...rest }) => ({ ...rest, ward: place ?? null }),
    2: (old) => ({ ...old, beds: 0 }),
  },
  check: (document) => {
    if (typeof document.ward !== 'string' || typeof document.beds !== 'number') throw new TypeError('not a visit')
    return document as Visit
  },
}

test('another format, a version without a step, and a version yet to come are refused', () => {
  const unknown = { code: 'FDP_FORMAT_UNKNOWN' }
  assert.throws(() => readFormat(visit, { format: 'openfdp/other', version: 3, ward: 'a', beds: 1 }), unknown)
  assert.throws(() => readFormat(visit, { version: 3, ward: 'a', beds: 1 }), unknown)
  assert.throws(() => readFormat(visit, { format: 'openfdp/visit', ward: 'a', beds: 1 }), unknown)
  assert.throws(() => readFormat(visit, { format: 'openfdp/visit', version: '3', ward: 'a', beds: 1 }), unknown)
  assert.throws(() => readFormat(visit, { format: 'openfdp/visit', version: 0, ward: 'a', beds: 1 }), unknown)
  assert.throws(() => readFormat(visit, { format: 'openfdp/visit', version: 4, ward: 'a', beds: 1 }), {
    code: 'FDP_FORMAT_NEWER',
    message: 'a stored document of format `openfdp/visit` has version 4, this program reads up to 3',
  })
})

test('an old document takes every step up to now, and is checked at the end', () => {
  const now = { format: 'openfdp/visit', version: 3, ward: 'a', beds: 0 }
  assert.deepEqual(readFormat(visit, { format: 'openfdp/visit', version: 1, place: 'a' }), now)
  assert.deepEqual(readFormat(visit, { format: 'openfdp/visit', version: 2, ward: 'a' }), now)
  assert.deepEqual(readFormat(visit, now), now)
  assert.throws(() => readFormat(visit, { format: 'openfdp/visit', version: 1 }), TypeError)
})

test('what is written is checked, carries its version, and reads back', () => {
  const document = writeFormat(visit, { ward: 'a', beds: 2 })
  assert.deepEqual(document, { format: 'openfdp/visit', version: 3, ward: 'a', beds: 2 })
  assert.deepEqual(readFormat(visit, document), document)
  assert.throws(() => writeFormat(visit, { ward: 'a' } as unknown as Visit), TypeError)
})
