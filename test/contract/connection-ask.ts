import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type FdpError, isFdpError, parseDate } from '#kernel'
import type { Answer, Connection, Question } from '#ports'

/** Another system with a table that the questions speak of, made anew for the suite. */
export interface AskedWorld {
  open(secret?: string): Connection
  /** Where nobody listens. */
  away(): Connection
  readonly secret: string
  /** A value that the system holds; in no error. */
  readonly canary: string
  /** Gives so many rows, some with the canary. */
  readonly whole: { readonly text: string; readonly rows: number }
  /** Gives more than fits into what lies between the system and its reader. */
  readonly long: string
  /** Not taken by the system, which says the canary about some. */
  readonly refused: readonly string[]
  /** Would change something if it were let. */
  readonly writing: readonly string[]
  /** Everything that must not change. */
  state(): Promise<string>
  /** A question for what changed; `change` changes three rows: one is new, one is other, one is marked as deleted. */
  readonly changes?: { readonly text: string; change(): Promise<void>; rows(): Promise<readonly string[]> }
}

export const askedDay = parseDate('2026-01-31')

export function question(text: string, before: Uint8Array | null = null): Question {
  return {
    ...{ text, day: askedDay },
    before: before && { day: parseDate('2026-01-30'), open: () => inPieces(before) },
    note: { read: async () => null, write: async () => {} },
  }
}

async function* inPieces(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += 7) yield bytes.subarray(at, at + 7)
}

export async function bytesOf({ source }: Answer): Promise<Buffer> {
  const pieces: Uint8Array[] = []
  for await (const piece of source.open()) pieces.push(piece)
  return Buffer.concat(pieces)
}

/** Records without their header, sorted: their order is nobody's promise. */
export function recordsIn(bytes: Buffer): string[] {
  return bytes.toString('utf8').split('\r\n').slice(1, -1).toSorted()
}

/** The refusal of a question, wherever it comes; what is said of it holds no value and no secret. */
export async function refusalOf(connection: Connection, asked: Question, ...unsaid: string[]): Promise<FdpError> {
  try {
    await bytesOf(await connection.ask!(asked))
  } catch (error) {
    assert.ok(isFdpError(error), String(error))
    const said = `${error.message} ${error.help} ${JSON.stringify(error)} ${String(error.cause)} ${error.stack}`
    for (const text of unsaid) assert.ok(!said.includes(text), said)
    return error
  } finally {
    await connection.close()
  }
  throw new Error('it was answered')
}

/** What Connection promises of kinds that answer questions. */
export function connectionAskContract(name: string, world: AskedWorld): void {
  describe(`${name} as a connection that is asked`, () => {
    it('answers whole, in a format that has a name, and again when it is asked again', async () => {
      const connection = world.open()
      for (const _ of [1, 2]) {
        const answer = await connection.ask!(question(world.whole.text))
        assert.equal(answer.format, 'csv')
        const bytes = await bytesOf(answer)
        assert.equal(recordsIn(bytes).length, world.whole.rows)
        assert.ok(bytes.includes(world.canary))
      }
      await connection.close()
    })
    it('gives its bytes once only', async () => {
      const connection = world.open()
      const answer = await connection.ask!(question(world.whole.text))
      await bytesOf(answer)
      assert.throws(() => answer.source.open())
      await connection.close()
    })
    it('may be given up, is closed, and may be used again', async () => {
      const connection = world.open()
      const answer = await connection.ask!(question(world.long))
      for await (const _ of answer.source.open()) break
      await connection.ask!(question(world.long))
      await connection.close()
      assert.equal(recordsIn(await bytesOf(await connection.ask!(question(world.whole.text)))).length, world.whole.rows)
      await connection.close()
    })
    it('answers several questions at the same time', async () => {
      const connection = world.open()
      const answers = await Promise.all([1, 2, 3].map(() => connection.ask!(question(world.whole.text))))
      for (const answer of answers) assert.equal(recordsIn(await bytesOf(answer)).length, world.whole.rows)
      await connection.close()
    })
    it('fails with 503 where nobody is, or where it is not let in, and says no secret', async () => {
      const away = await refusalOf(world.away(), question(world.whole.text), world.secret)
      const stranger = await refusalOf(world.open('Sqlcanary-wrong'), question(world.whole.text), 'Sqlcanary-wrong')
      assert.deepEqual([away.status, stranger.status], [503, 503])
      assert.notEqual(away.code, stranger.code)
    })
    it('fails with 422 for a question that is not taken, and says nothing of what it heard', async () => {
      for (const text of world.refused) {
        const refusal = await refusalOf(world.open(), question(text), world.secret, world.canary)
        assert.equal(refusal.status, 422, `${text}: ${refusal.code}`)
      }
    })
    it('changes nothing, whatever it is asked', async () => {
      const before = await world.state()
      for (const text of world.writing) {
        const refusal = await refusalOf(world.open(), question(text), world.secret)
        assert.equal(refusal.status, 422, `${text}: ${refusal.code}`)
      }
      assert.equal(await world.state(), before)
    })
    it('makes a whole of what changed and what did not', async () => {
      if (!world.changes) return
      const { text, change, rows } = world.changes
      const connection = world.open()
      const first = await bytesOf(await connection.ask!(question(text)))
      assert.deepEqual(recordsIn(first), (await rows()).toSorted())
      await change()
      const second = await bytesOf(await connection.ask!(question(text, first)))
      assert.deepEqual(recordsIn(second), (await rows()).toSorted())
      assert.notDeepEqual(recordsIn(second), recordsIn(first))
      const third = await bytesOf(await connection.ask!(question(text, second)))
      assert.deepEqual(recordsIn(third), recordsIn(second))
      await connection.close()
    })
  })
}
