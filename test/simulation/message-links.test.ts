import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { listenForMessages, openMessageSender } from '#adapters/mllp'
import { hl7Language, parseMessage, sayingOf, visitLogOf, visitsOf } from '#hl7v2'
import { manualClock, seededRandom } from '#kernel'
import { cases, fc } from '../random.ts'

const language = hl7Language({
  ...{ clock: manualClock('2026-01-31T09:30:00Z'), random: seededRandom('links'), check: sayingOf },
})

/** What a store can do to a message. In the last two the sender is told that it failed, though it did not. */
type Fault = 'none' | 'fails' | 'stores and fails' | 'stores too late'

interface Told {
  readonly event: string
  readonly minute: number
  readonly visit: string
  readonly ward: string
  readonly patient: string
}

function message({ event, minute, visit, ward, patient }: Told, i: number): Buffer {
  const at = `202601310${Math.floor(minute / 60)}${String(minute % 60).padStart(2, '0')}+0000`
  const lines = [
    `MSH|^~\\&|PAS|RZ1|||${at}||ADT^${event}|${i}|P|2.4`,
    `EVN|${event}|${at}`,
    `PID|||${patient}^^^RZ1^MR`,
    ...(event === 'A40' ? ['MRG|A9^^^RZ1^MR'] : []),
    `PV1||I|${ward}||||||||||||||||${visit}^^^RZ1^VN`,
  ]
  return Buffer.from(lines.join('\r'))
}

const story = fc.array(
  fc.record({
    event: fc.constantFrom('A01', 'A02', 'A03', 'A08', 'A11', 'A12', 'A13', 'A40'),
    minute: fc.integer({ min: 0, max: 500 }),
    visit: fc.constantFrom('V1', 'V2'),
    ward: fc.constantFrom('W1', 'W2', 'W3'),
    patient: fc.constantFrom('A1', 'B2'),
  }),
  { minLength: 4, maxLength: 12 },
)
const faults = fc.array(fc.constantFrom<Fault>('none', 'none', 'fails', 'stores and fails', 'stores too late'), {
  minLength: 12,
  maxLength: 12,
})

test('a story over links that break is stored whole and ends in the same state', async () => {
  await fc.assert(
    fc.asyncProperty(story, faults, async (told, planned) => {
      const messages = told.map(message)
      const stored: Buffer[] = []
      let calls = 0
      const store = async (bytes: Uint8Array) => {
        const fault = planned[calls++] ?? 'none'
        if (fault === 'fails') throw new Error('not stored')
        if (fault === 'stores too late') await wait(30)
        stored.push(Buffer.from(bytes))
        if (fault === 'stores and fails') throw new Error('stored, but nobody knows')
      }
      const listen = (port: number) =>
        listenForMessages({
          ...{ host: '127.0.0.1', port, tls: null, language, store, messageBytesMax: 10_000, connectionsMax: 10 },
          ...{ idleMsMax: 2_000, messageMsMax: 2_000, storeMsMax: 15 },
        })
      const first = await listen(0)
      const { port } = first
      const sender = () =>
        openMessageSender({
          ...{ host: '127.0.0.1', port, tls: null, language, attemptsMax: 60, waitMs: 1, waitMsMax: 10 },
          ...{ connectMsMax: 1_000, answerMsMax: 1_000 },
        })
      await using one = sender()
      await using other = sender()
      const sent = messages.map(async (bytes, i) => {
        await (i % 2 === 0 ? one : other).send(bytes)
        // Whoever hears that a message was accepted finds it stored.
        assert.ok(stored.some((each) => each.equals(bytes)))
      })
      await wait(2)
      await first.close()
      await using _again = await listen(port)
      await Promise.all(sent)
      await wait(30)
      const state = (all: readonly Uint8Array[]) =>
        visitsOf(visitLogOf(all.map((each) => sayingOf(parseMessage(each)))))
      assert.deepEqual(state(stored), state(messages))
    }),
    cases(4, 60),
  )
})
