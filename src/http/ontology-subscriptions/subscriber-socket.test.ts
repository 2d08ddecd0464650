import assert from 'node:assert/strict'
import { EventEmitter } from 'node:events'
import { beforeEach, mock, test } from 'node:test'
import { connectionLimits } from './connection-limits.ts'
import { SubscriberSocket } from './subscriber-socket.ts'

/* What happens to peers that are silent, dead or slow, in time that the test turns. */

class Line extends EventEmitter {
  readonly OPEN = 1
  readyState = 1
  bufferedAmount = 0
  readonly did: unknown[] = []
  send(text: string) {
    this.did.push(text)
  }
  ping() {
    this.did.push('ping')
  }
  close(...why: unknown[]) {
    this.did.push(['close', ...why])
  }
  terminate() {
    this.did.push('terminate')
  }
}

const looks: string[] = []
function open() {
  looks.length = 0
  const line = new Line()
  const socket = new SubscriberSocket(line as never, {
    message: () => {},
    look: () => void looks.push('look'),
    closed: () => {},
  })
  return { line, socket }
}
const halfMinutes = (n: number, each: () => void) => {
  for (let i = 0; i < n; i++) {
    mock.timers.tick(connectionLimits.lookMs)
    each()
  }
}

beforeEach(() => {
  mock.timers.reset()
  mock.timers.enable({ apis: ['setInterval'] })
})

test('a peer that does not answer a ping is cut off at the next look', () => {
  const { line } = open()
  halfMinutes(2, () => {})
  assert.deepEqual(line.did, ['ping', 'terminate'])
  assert.deepEqual(looks, ['look'])
})

test('a peer that answers pings but says nothing is let go; one that says what it wants stays', () => {
  const silent = open()
  halfMinutes(6, () => silent.line.emit('pong'))
  assert.deepEqual(silent.line.did.at(-1), ['close', 1001, 'idle'])
  const heard = open()
  halfMinutes(20, () => {
    heard.line.emit('pong')
    heard.line.emit('message', Buffer.from('{}'), false)
  })
  assert.deepEqual(new Set(heard.line.did), new Set(['ping']))
  assert.equal(looks.length, 20)
})

test('nothing is sent to a line that is not open, and one that is behind is cut off rather than said goodbye to', () => {
  const { line, socket } = open()
  line.readyState = 2
  socket.send('late')
  assert.deepEqual([line.did, socket.sent], [[], 0])
  line.bufferedAmount = connectionLimits.bufferedBytesMax + 1
  assert.ok(socket.isBehind)
  socket.close(1008, 'FDP_HTTP_RATE')
  assert.deepEqual(line.did, ['terminate'])
})

test('what has ended is not looked at any more', () => {
  const { line } = open()
  line.emit('close', 1000)
  halfMinutes(3, () => {})
  assert.deepEqual(line.did, [])
})
