import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { cases, fc } from '../../../test/random.ts'
import { FrameScanner, frame, type Scanned } from './frame-scanner.ts'

type Seen = readonly [kind: string, text: string]

function seen({ kind, ...more }: Scanned): Seen {
  return [kind, 'bytes' in more ? Buffer.from(more.bytes as Uint8Array).toString('latin1') : '']
}

/** What a scanner sees until it can trust nothing more. */
function scan(chunks: readonly Uint8Array[], bytesMax: number): Seen[] {
  const scanner = new FrameScanner(bytesMax)
  const all: Seen[] = []
  for (const chunk of chunks) {
    for (const scanned of scanner.push(chunk)) {
      all.push(seen(scanned))
      if (scanned.kind === 'too-large' || scanned.kind === 'broken') return all
    }
  }
  return all
}

/** The same in the plainest way: one byte after the other. */
function plainly(bytes: Uint8Array, bytesMax: number): Seen[] {
  const all: Seen[] = []
  let [inside, ending, text, stray] = [false, false, '', 0]
  for (const byte of bytes) {
    const character = String.fromCharCode(byte)
    if (ending) {
      if (byte !== 0x0d) return [...all, ['broken', text]]
      all.push(['message', text])
      inside = ending = false
      stray = 0
    } else if (byte === 0x0b) {
      if (inside) all.push(['cut-off', ''])
      inside = true
      text = ''
      stray = 0
    } else if (!inside) {
      if (++stray === 1) all.push(['stray', ''])
      if (stray > 4_096) return [...all, ['broken', '']]
    } else if (byte === 0x1c) ending = true
    else {
      text += character
      if (text.length > bytesMax) return [...all, ['too-large', text]]
    }
  }
  return all
}

/** Cut at some places. */
function cut(bytes: Uint8Array, places: readonly number[]): Uint8Array[] {
  const at = [...new Set(places.map((place) => place % (bytes.length + 1)))].sort((a, b) => a - b)
  return [0, ...at].map((start, i) => bytes.subarray(start, at[i] ?? bytes.length))
}

describe('frames', () => {
  const byte = fc.constantFrom(0x0b, 0x1c, 0x0d, 0x0d, 0x41, 0x42, 0x43)
  const whole = fc.constantFrom('', 'A', 'MSH').map((text) => [...frame(Buffer.from(text))])
  const stream = fc
    .array(
      fc.oneof(
        byte.map((each) => [each]),
        whole,
      ),
      { maxLength: 40 },
    )
    .map((parts) => Uint8Array.from(parts.flat()))

  it('are the same wherever the stream is cut, and as one byte after the other tells', () => {
    fc.assert(
      fc.property(
        stream,
        fc.array(fc.nat(), { maxLength: 10 }),
        fc.integer({ min: 1, max: 12 }),
        (bytes, places, max) => {
          const kinds = (all: readonly Seen[]) =>
            all.map(([kind, text]) => (kind === 'too-large' ? kind : `${kind} ${text}`))
          assert.deepEqual(kinds(scan(cut(bytes, places), max)), kinds(plainly(bytes, max)))
        },
      ),
      cases(300, 20_000),
    )
  })

  it('hold what was put in, and no message can hold one', () => {
    assert.deepEqual(scan([frame(Buffer.from('hé'))], 10), [['message', Buffer.from('hé').toString('latin1')]])
    for (const text of ['a\u000b', '\u001cb']) assert.throws(() => frame(Buffer.from(text)), RangeError)
  })

  it('take no longer than their length', () => {
    const began = performance.now()
    for (const text of ['\u000b', '\u000bx', '\u001c\r', 'x', '\u000b\u001c\r']) {
      scan([Buffer.from(text.repeat(50_000))], 10_000_000)
      scan([Buffer.from(`\u000b${text.replace('\u001c\r', 'y').repeat(50_000)}`)], 10_000_000)
    }
    assert.ok(performance.now() - began < 5_000)
  })
})
