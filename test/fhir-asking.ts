import assert from 'node:assert/strict'
import { Value } from '@sinclair/typebox/value'
import { type FhirAnswer, fhirKind } from '#adapters/connect-fhir'
import { bundleInPieces } from '#adapters/source-fhir'
import { isFdpError, type JsonObject, manualClock, parseDate, systemRandom } from '#kernel'
import type { Connection, Question } from '#ports'
import { canary, clientId, type FhirServer } from './fhir-server.ts'

type Settings = Parameters<ReturnType<typeof fhirKind>['open']>[0]

/** A connection to a server of the tests; its clock goes on as it waits. */
export interface Asking {
  readonly connection: Connection
  readonly clock: ReturnType<typeof manualClock>
  /** How long was waited, each time, in milliseconds. */
  readonly waited: number[]
  /** What the note holds. */
  note: JsonObject | null
  question(text: string, day?: string): Question
  ask(text: string): Promise<FhirAnswer>
  /** The whole answer. */
  lines(text: string): Promise<string[]>
  /** The code with which a question fails; that error says nothing of the server's. */
  code(text: string): Promise<string>
}

export function asking(server: FhirServer, change: Partial<Settings> = {}): Asking {
  const clock = manualClock('2026-11-22T06:00:00Z')
  const waited: number[] = []
  server.now = () => new Date(clock.now())
  const wait = async (ms: number) => {
    waited.push(ms)
    clock.advanceMs(ms)
  }
  const kind = fhirKind({ clock, wait, random: systemRandom, bundle: bundleInPieces })
  const signIn = { tokenUrl: `${server.origin}/token`, clientId, keyFile: 'fhir.jwk', scope: 'system/*.rs' }
  const settings = Value.Default(kind.settings, {
    ...{ baseUrl: server.url, ...(server.locked ? signIn : {}) },
    ...change,
  }) as Settings
  assert.ok(Value.Check(kind.settings, settings))
  const connection = kind.open(settings, () => JSON.stringify(server.key))
  const at: Asking = {
    ...{ connection, clock, waited, note: null },
    question: (text, day = '2026-11-21') => ({
      ...{ text, day: parseDate(day), before: null },
      note: {
        read: async () => at.note,
        async write(note) {
          at.note = note
        },
      },
    }),
    ask: (text) => connection.ask!(at.question(text)) as Promise<FhirAnswer>,
    async lines(text) {
      return (await textOf(await at.ask(text))).split('\n').slice(0, -1)
    },
    async code(text) {
      try {
        await at.lines(text)
      } catch (error) {
        if (!isFdpError(error)) throw error
        const told = `${error.message} ${error.help} ${JSON.stringify(error.params)}`
        for (const secret of [canary, server.origin, '127.0.0.1']) assert.ok(!told.includes(secret), told)
        assert.equal(error.cause, undefined)
        return error.code
      }
      return 'it was answered'
    },
  }
  return at
}

export async function textOf(answer: FhirAnswer): Promise<string> {
  const parts: Uint8Array[] = []
  for await (const part of answer.source.open()) parts.push(part)
  return Buffer.concat(parts).toString('utf8')
}
