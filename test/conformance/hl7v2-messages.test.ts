import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { formatSegments, parseBatch, parseMessage, sayingOf } from '#hl7v2'
import { isFdpError } from '#kernel'
import { sharedPath, skipWithoutShared } from '../shared-data.ts'

const folder = sharedPath('data/hl7v2/')
const messages = () =>
  readdirSync(folder)
    .filter((name) => name.endsWith('.hl7'))
    .map((name) => ({ name, bytes: readFileSync(`${folder}${name}`) }))

/** How often each outcome: `read`, or the code of a refusal. */
function tally(outcomes: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const each of outcomes) counts[each] = (counts[each] ?? 0) + 1
  return counts
}

function outcome(act: () => unknown): string {
  try {
    act()
    return 'read'
  } catch (error) {
    if (!isFdpError(error)) throw error
    return `${error.code} ${error.message}`
  }
}

test('every published message is read whole, and none is refused', (t) => {
  if (skipWithoutShared(t)) return
  assert.deepEqual(tally(messages().map(({ bytes }) => outcome(() => parseMessage(bytes)))), { read: 139 })
})

/** All of them have the usual delimiters, LF and no escape but this: the plainest way to take them apart. */
function plainly(bytes: Uint8Array): unknown {
  const value = (raw: string) => (raw === '' ? undefined : raw === '""' ? null : raw.replaceAll('\\T\\', '&'))
  const field = (raw: string) =>
    raw === '' ? [] : raw.split('~').map((each) => each.split('^').map((part) => part.split('&').map(value)))
  const lines = Buffer.from(bytes).toString('utf8').replace('\ufeff', '').split('\n')
  return lines
    .filter((line) => line !== '')
    .map((line, i) => {
      const [id = '', ...fields] = line.split('|')
      if (id !== 'MSH') return { id, at: i + 1, fields: [[], ...fields.map(field)] }
      const [characters, ...rest] = fields
      return { id, at: i + 1, fields: [[], [[['|']]], [[[characters]]], ...rest.map(field)] }
    })
}

test('every published message is taken apart as the plainest way does it', (t) => {
  if (skipWithoutShared(t)) return
  for (const { name, bytes } of messages()) assert.deepEqual(parseMessage(bytes).segments, plainly(bytes), name)
})

test('every published message says the same after it was written again', (t) => {
  if (skipWithoutShared(t)) return
  for (const { name, bytes } of messages()) {
    const { segments } = parseMessage(bytes)
    assert.deepEqual(parseMessage(Buffer.from(formatSegments(segments))).segments, segments, name)
  }
})

test('all of them in one file are as many messages', (t) => {
  if (skipWithoutShared(t)) return
  const all = messages().map(({ bytes }) =>
    Buffer.from(
      `${bytes
        .toString('utf8')
        .replace(/^\ufeff/, '')
        .trimEnd()}\n`,
    ),
  )
  const file = Buffer.concat([Buffer.from('FHS|^~\\&\nBHS|^~\\&\n'), ...all, Buffer.from('BTS|139\nFTS|1\n')])
  assert.deepEqual(tally(parseBatch(file).map(({ refused }) => refused?.code ?? 'read')), { read: 139 })
})

test('what they say is read for the events that are read, and refused with a reason for the others', (t) => {
  if (skipWithoutShared(t)) return
  const outcomes = messages().map(({ bytes }) => outcome(() => sayingOf(parseMessage(bytes))))
  assert.deepEqual(tally(outcomes), {
    read: 59,
    'FDP_HL7_EVENT segment 1 (MSH), field 9: an event that is not read': 79,
    'FDP_HL7_EVENT segment 5 (PID): more than one patient or visit in a message': 1,
  })
})
