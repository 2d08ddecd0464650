import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { describe, test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { hl7Language, parseMessage, segmentsOf, valueAt } from '#hl7v2'
import { isFdpError, manualClock, seededRandom } from '#kernel'
import type { LinkEvent, ListenForMessages, ListenOptions, OpenMessageSender, SendOptions } from '#ports'
import { selfSigned } from '../self-signed.ts'

const language = hl7Language({ clock: manualClock('2026-01-31T09:30:00Z'), random: seededRandom('link') })
const [start, end] = ['\u000b', '\u001c\r']
const secret = 'SECRETVALUE'

export const hl7Message = (id: string, more = '') =>
  `MSH|^~\\&|PAS|RZ1|FDP|RZ1|20260131||ADT^A01|${id}|P|2.5\rPID|1||${secret}${more}\r`
export const framed = (message: string) => `${start}${message}${end}`

/** Kind and number of each answer: `AA 1`. */
function answersIn(text: string): string[] {
  return text
    .split(end)
    .slice(0, -1)
    .map((each) => {
      const msa = segmentsOf(parseMessage(Buffer.from(each.slice(1))), 'MSA')[0]!
      const code = valueAt(msa, 3)
      return [valueAt(msa, 1), valueAt(msa, 2) ?? '-', ...(code ? [code] : [])].join(' ')
    })
}

/** A sender that can do whatever it likes. */
class RawPeer {
  readonly socket: Socket
  heard = ''
  isClosed = false

  constructor(port: number) {
    this.socket = connect({ host: '127.0.0.1', port, noDelay: true })
    this.socket.on('data', (chunk) => {
      this.heard += chunk.toString()
    })
    this.socket.on('error', () => {})
    this.socket.on('close', () => {
      this.isClosed = true
    })
  }

  async says(text: string | Uint8Array): Promise<void> {
    await new Promise<void>((resolve) => this.socket.write(text, () => resolve()))
  }

  /** Waits until so many answers have come. */
  async answers(count: number): Promise<string[]> {
    await until(() => answersIn(this.heard).length >= count)
    return answersIn(this.heard)
  }

  async closed(): Promise<string[]> {
    await until(() => this.isClosed)
    return answersIn(this.heard)
  }
}

export async function until(holds: () => boolean): Promise<void> {
  for (let i = 0; i < 1_000; i++) {
    if (holds()) return
    await wait(5)
  }
  assert.fail('what was waited for did not come')
}

/** What every listener and sender of messages must keep. */
export function messageLinkContract(name: string, listen: ListenForMessages, openSender: OpenMessageSender): void {
  async function listening(options: Partial<ListenOptions> = {}) {
    const stored: string[] = []
    const events: LinkEvent[] = []
    const listener = await listen({
      ...{ host: '127.0.0.1', port: 0, tls: null, language, messageBytesMax: 100_000, connectionsMax: 20 },
      ...{ idleMsMax: 5_000, messageMsMax: 5_000, storeMsMax: 5_000, told: (event: LinkEvent) => events.push(event) },
      store: async (bytes: Uint8Array) => {
        stored.push(Buffer.from(bytes).toString())
      },
      ...options,
    })
    const kinds = () => events.map((event) => (event.kind === 'refused' ? event.code : event.kind))
    const peer = () => new RawPeer(listener.port)
    return { listener, stored, kinds, peer, [Symbol.asyncDispose]: () => listener.close() }
  }

  const sending = (port: number, options: Partial<SendOptions> = {}) =>
    openSender({
      ...{ host: '127.0.0.1', port, tls: null, language, attemptsMax: 3, waitMs: 5, waitMsMax: 20 },
      ...{ connectMsMax: 2_000, answerMsMax: 2_000, ...options },
    })

  describe(`a listener for messages: ${name}`, () => {
    test('accepts what it stored, byte for byte', async () => {
      await using of = await listening()
      const peer = of.peer()
      await peer.says(framed(hl7Message('1')))
      assert.deepEqual(await peer.answers(1), ['AA 1'])
      assert.deepEqual(of.stored, [hl7Message('1')])
      assert.doesNotMatch(peer.heard, new RegExp(secret))
      assert.match(peer.heard.slice(1), /^MSH\|\^~\\&\|FDP\|RZ1\|PAS\|RZ1\|20260131093000\+0000\|\|ACK\^A01\^ACK\|/)
    })

    test('takes several messages over a connection, in one packet or byte by byte', async () => {
      await using of = await listening()
      const peer = of.peer()
      await peer.says(framed(hl7Message('1')) + framed(hl7Message('2')))
      for (const byte of Buffer.from(framed(hl7Message('3')))) await peer.says(Buffer.from([byte]))
      await peer.says(framed(hl7Message('4')).slice(0, -1))
      await wait(20)
      assert.equal((await peer.answers(3)).length, 3)
      await peer.says(`\r${start}`)
      await peer.says(`${hl7Message('5')}${end}`)
      assert.deepEqual(await peer.answers(5), ['AA 1', 'AA 2', 'AA 3', 'AA 4', 'AA 5'])
      assert.deepEqual(
        of.stored,
        ['1', '2', '3', '4', '5'].map((id) => hl7Message(id)),
      )
    })

    test('passes over what stands between messages, up to a limit', async () => {
      await using of = await listening()
      const peer = of.peer()
      await peer.says(`\r\nGET / HTTP/1.1\r\n${framed(hl7Message('1'))}${end}rubbish${framed(hl7Message('2'))}`)
      assert.deepEqual(await peer.answers(2), ['AA 1', 'AA 2'])
      await peer.says('x'.repeat(5_000))
      assert.deepEqual((await peer.closed()).slice(2), ['AR - FDP_MLLP_FRAME'])
      assert.equal(of.stored.length, 2)
    })

    test('accepts nothing before it is stored, and looks at nothing else until then', async () => {
      const waiting: (() => void)[] = []
      const begun: Uint8Array[] = []
      await using of = await listening({
        store: (bytes) =>
          new Promise((resolve) => {
            begun.push(bytes)
            waiting.push(resolve)
          }),
      })
      const peer = of.peer()
      await peer.says(framed(hl7Message('1')) + framed(hl7Message('2')))
      await until(() => begun.length === 1)
      await wait(30)
      assert.deepEqual([peer.heard, begun.length], ['', 1])
      waiting[0]!()
      await until(() => begun.length === 2)
      assert.deepEqual(await peer.answers(1), ['AA 1'])
      waiting[1]!()
      assert.deepEqual(await peer.answers(2), ['AA 1', 'AA 2'])
    })

    test('makes a fast sender wait instead of keeping what it sends', async () => {
      let release = () => {}
      const held = new Promise<void>((resolve) => {
        release = resolve
      })
      await using of = await listening({ store: () => held })
      const peer = of.peer()
      const message = Buffer.from(framed(hl7Message('1', 'x'.repeat(90_000))))
      let taken = 0
      const flood = (async () => {
        while (!peer.isClosed && taken < 2_000) {
          if (!peer.socket.write(message)) await Promise.race([once(peer.socket, 'drain'), once(peer.socket, 'close')])
          taken++
        }
      })().catch(() => {})
      // It goes on until the buffers of the system are full, a few megabytes, and then stands still.
      for (let before = -1; before !== taken && taken < 2_000; ) {
        before = taken
        await wait(100)
      }
      assert.ok(taken < 500, `${taken} messages were taken from a sender that had to wait`)
      peer.socket.destroy()
      release()
      await flood
    })

    test('refuses what cannot be read, and goes on', async () => {
      await using of = await listening()
      const peer = of.peer()
      await peer.says(framed(hl7Message('1', '\\')) + framed('no message') + framed('') + framed(hl7Message('2')))
      const answers = await peer.answers(4)
      assert.deepEqual(answers, ['AE 1 FDP_HL7_ESCAPE', 'AE - FDP_HL7_HEADER', 'AE - FDP_HL7_EMPTY', 'AA 2'])
      assert.deepEqual(of.stored, [hl7Message('2')])
      assert.match(peer.heard, /\rERR\|\|\|207\^/)
      assert.doesNotMatch(peer.heard, new RegExp(secret))
    })

    test('refuses what was not stored, without the words of whatever failed', async () => {
      let calls = 0
      await using of = await listening({
        store: async () => {
          if (++calls === 1) throw new Error(`disk full at ${secret}`)
        },
      })
      const peer = of.peer()
      await peer.says(framed(hl7Message('1')))
      assert.deepEqual(await peer.answers(1), ['AR 1 FDP_MLLP_STORE'])
      await peer.says(framed(hl7Message('1')))
      assert.deepEqual((await peer.answers(2))[1], 'AA 1')
      assert.doesNotMatch(peer.heard, new RegExp(secret))
    })

    test('refuses what is not stored in time, and hears nothing more over that connection', async () => {
      await using of = await listening({ storeMsMax: 30, store: () => new Promise(() => {}) })
      const peer = of.peer()
      await peer.says(framed(hl7Message('1')) + framed(hl7Message('2')))
      assert.deepEqual(await peer.closed(), ['AR 1 FDP_MLLP_STORE'])
    })

    test('refuses a message that is too large, at once', async () => {
      await using of = await listening({ messageBytesMax: 1_000 })
      const peer = of.peer()
      await peer.says(`${start}${hl7Message('1', 'x'.repeat(50_000))}`)
      assert.deepEqual(await peer.closed(), ['AR 1 FDP_MLLP_TOO_LARGE'])
      assert.deepEqual(of.stored, [])
    })

    test('does not trust a message that ends otherwise', async () => {
      await using of = await listening()
      const peer = of.peer()
      await peer.says(`${start}${hl7Message('1')}\u001cX${framed(hl7Message('2'))}`)
      assert.deepEqual(await peer.closed(), ['AR 1 FDP_MLLP_FRAME'])
      assert.deepEqual(of.stored, [])
    })

    test('stores nothing of a message whose sender vanishes, or begins anew', async () => {
      await using of = await listening()
      const gone = of.peer()
      await gone.says(`${start}${hl7Message('1')}`)
      await wait(20)
      gone.socket.resetAndDestroy()
      await until(() => of.kinds().includes('closed'))
      const peer = of.peer()
      await peer.says(`${start}MSH|^~\\&|half${framed(hl7Message('2'))}`)
      assert.deepEqual(await peer.answers(1), ['AA 2'])
      assert.deepEqual(of.stored, [hl7Message('2')])
      assert.deepEqual(of.kinds().filter((kind) => kind === 'cut-off').length, 2)
    })

    test('answers a sender that has said all and only listens', async () => {
      await using of = await listening({ store: () => wait(20) })
      const peer = of.peer()
      await peer.says(framed(hl7Message('1')))
      peer.socket.end()
      assert.deepEqual(await peer.closed(), ['AA 1'])
    })

    test('ends connections that are silent, or that never finish a message', async () => {
      await using of = await listening({ idleMsMax: 50, messageMsMax: 80 })
      const silent = of.peer()
      assert.deepEqual(await silent.closed(), [])
      const slow = of.peer()
      await slow.says(start)
      const dripping = setInterval(() => void slow.says('x'), 10)
      await slow.closed()
      clearInterval(dripping)
      assert.deepEqual(of.kinds().filter((kind) => kind === 'idle').length, 2)
    })

    test('lets no more than so many connections in, and none disturbs another', async () => {
      await using of = await listening({ connectionsMax: 2 })
      const [one, two] = [of.peer(), of.peer()]
      await one.says(framed(hl7Message('1')))
      await two.says(`${start}half`)
      await one.answers(1)
      const third = of.peer()
      assert.deepEqual(await third.closed(), [])
      two.socket.resetAndDestroy()
      await one.says(framed(hl7Message('2')))
      assert.deepEqual(await one.answers(2), ['AA 1', 'AA 2'])
    })

    test('closes after what is being stored was answered', async () => {
      const of = await listening({ store: () => wait(60) })
      const [peer, idle] = [of.peer(), of.peer()]
      await peer.says(framed(hl7Message('1')) + framed(hl7Message('2')))
      await idle.says('x')
      await wait(20)
      await of.listener.close()
      assert.deepEqual(await peer.closed(), ['AA 1'])
      await idle.closed()
    })

    test('refused: a port that is taken, and a key that is none', async () => {
      await using of = await listening()
      await assert.rejects(listening({ port: of.listener.port }), { code: 'FDP_MLLP_LISTEN' })
      await assert.rejects(listening({ tls: { key: secret, cert: secret } }), (error) => {
        assert.ok(isFdpError(error, 'FDP_MLLP_LISTEN') && error.cause === undefined)
        return true
      })
    })
  })

  describe(`a sender of messages: ${name}`, () => {
    const bytes = (id: string) => Buffer.from(hl7Message(id))

    test('sends one after the other, and is done when each is accepted', async () => {
      await using of = await listening({ store: () => wait(5) })
      await using sender = sending(of.listener.port)
      await Promise.all(['1', '2', '3'].map((id) => sender.send(bytes(id))))
      assert.deepEqual(of.kinds().filter((kind) => kind === 'connected').length, 1)
    })

    test('sends again what was not accepted, in order', async () => {
      const stored: string[] = []
      let failures = 2
      await using of = await listening({
        store: async (message) => {
          if (failures-- > 0) throw new Error('not now')
          stored.push(parseMessage(message).controlId)
        },
      })
      await using sender = sending(of.listener.port)
      await Promise.all(['1', '2'].map((id) => sender.send(bytes(id))))
      assert.deepEqual(stored, ['1', '2'])
    })

    test('connects again when the other side is gone', async () => {
      const first = await listening()
      const { port } = first.listener
      await using sender = sending(port, { attemptsMax: 8 })
      await sender.send(bytes('1'))
      await first.listener.close()
      const sent = sender.send(bytes('2'))
      await using second = await listening({ port })
      await sent
      assert.deepEqual(second.stored, [hl7Message('2')])
    })

    test('gives up: nobody there, no answer, an answer to something else', async () => {
      const of = await listening({ store: () => new Promise(() => {}), storeMsMax: 300 })
      await using silent = sending(of.listener.port, { attemptsMax: 2, answerMsMax: 30 })
      await assert.rejects(silent.send(bytes('1')), { code: 'FDP_MLLP_UNANSWERED' })
      await of.listener.close()
      await assert.rejects(silent.send(bytes('1')), { code: 'FDP_MLLP_UNREACHABLE' })
      const confused = { ...language, answer: () => language.answer(bytes('other'), null) }
      await using wrong = await listening({ language: confused })
      await using sender = sending(wrong.listener.port, { attemptsMax: 2 })
      await assert.rejects(sender.send(bytes('1')), { code: 'FDP_MLLP_UNANSWERED' })
    })

    test('does not send again what is refused, and sends the next', async () => {
      await using of = await listening()
      await using sender = sending(of.listener.port)
      const refused = sender.send(Buffer.from(hl7Message('1', '\\')))
      const next = sender.send(bytes('2'))
      await assert.rejects(refused, { code: 'FDP_MLLP_REFUSED', message: /refused the message with AE$/ })
      await next
      assert.deepEqual(
        of.kinds().filter((kind) => kind.startsWith('FDP_')),
        ['FDP_HL7_ESCAPE'],
      )
    })

    test('gives up what is under way when it is closed', async () => {
      await using of = await listening({ store: () => new Promise(() => {}), storeMsMax: 100 })
      const sender = sending(of.listener.port)
      const sent = assert.rejects(sender.send(bytes('1')), { code: 'FDP_MLLP_CLOSED' })
      await wait(20)
      await sender.close()
      await sent
      await assert.rejects(sender.send(bytes('2')), { code: 'FDP_MLLP_CLOSED' })
    })
  })

  describe(`a link under TLS: ${name}`, () => {
    const [us, them, stranger] = [selfSigned('us'), selfSigned('them'), selfSigned('stranger')]
    const message = Buffer.from(hl7Message('1'))

    test('lets in whom it knows, and talks to whom it knows', async () => {
      await using of = await listening({ tls: { ...us, ca: them.cert } })
      await using sender = sending(of.listener.port, { tls: { ca: us.cert, ...them } })
      await sender.send(message)
      assert.deepEqual(of.stored, [hl7Message('1')])
    })

    test('refused: nobody, a stranger, clear text, and a server that nobody vouches for', async () => {
      await using of = await listening({ tls: { ...us, ca: them.cert }, messageMsMax: 300 })
      const once = { attemptsMax: 1, answerMsMax: 500 }
      const given: readonly SendOptions['tls'][] = [
        { ca: us.cert },
        { ca: us.cert, ...stranger },
        { ca: them.cert, ...them },
      ]
      for (const tls of given) {
        await using sender = sending(of.listener.port, { ...once, tls })
        await assert.rejects(sender.send(message), { code: /^FDP_MLLP_(UNREACHABLE|UNANSWERED)$/ })
      }
      const clear = of.peer()
      await clear.says(framed(hl7Message('1')))
      assert.deepEqual(await clear.closed(), [])
      assert.deepEqual(of.stored, [])
      assert.ok(of.kinds().every((kind) => kind === 'no-handshake'))
    })
  })
}
