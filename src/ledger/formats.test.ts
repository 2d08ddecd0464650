import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { hmacSha256, seededRandom } from '#kernel'
import { memoryKeys } from '../../test/memory-keys.ts'
import { fc } from '../../test/random.ts'
import { formatCheckpoint, ledgerVerifierKey, openCheckpoint, parseCheckpoint, signCheckpoint } from './checkpoint.ts'
import { cosignatureTime, cosignLine } from './cosignature.ts'
import { hmacSha256OfText } from './hash.ts'
import { encodeBatch, frameHeaderBytes, readJournal } from './journal.ts'
import {
  formatVerifierKey,
  makeVerifierKey,
  noteAlgorithms,
  parseNote,
  parseSignatureLine,
  parseVerifierKey,
} from './note.ts'
import { decodeEntryBundle, encodeEntryBundle, formatTileIndex, parseTilePath, tilePath } from './tiles.ts'

const keys = memoryKeys('rj1', 'formats')
const origin = 'rj1.openfdp.example/ledger'
const vkey = ledgerVerifierKey(origin, keys)
const root = new Uint8Array(32).fill(7)

describe('HMAC for the append path', () => {
  it('equals the kernel`s for any key up to a block, prefix and text', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 64 }),
        fc.string({ unit: 'grapheme' }),
        fc.string(),
        (key, prefix, text) => {
          assert.deepEqual(hmacSha256OfText(key, prefix, text), Buffer.from(hmacSha256(key, prefix, text)))
        },
      ),
    )
    const long = 'x'.repeat(100_000)
    assert.deepEqual(hmacSha256OfText(root, 'a', long), Buffer.from(hmacSha256(root, 'a', long)))
    assert.throws(() => hmacSha256OfText(new Uint8Array(65), 'a', 'b'))
  })
})

describe('tile names (C2SP tlog-tiles)', () => {
  it('writes indexes in groups of three digits', () => {
    assert.equal(formatTileIndex(0), '000')
    assert.equal(formatTileIndex(999), '999')
    assert.equal(formatTileIndex(1_234_067), 'x001/x234/067')
    assert.equal(tilePath({ level: 'entries', index: 1_234, width: 3 }), 'tile/entries/x001/234.p/3')
  })

  it('reads back every name it writes and refuses every other spelling', () => {
    fc.assert(
      fc.property(fc.nat(20), fc.nat(3_000_000), fc.integer({ min: 1, max: 256 }), (level, index, width) => {
        assert.deepEqual(parseTilePath(tilePath({ level, index, width })), { level, index, width })
      }),
    )
    for (const path of [
      'tile/0/0',
      'tile/0/x000/001',
      'tile/00/000',
      'tile/0/000.p/256',
      'tile/0/000.p/0',
      'tile/0/000.p/01',
      'tile/a/000',
    ]) {
      assert.equal(parseTilePath(path), null, path)
    }
  })

  it('reads back entry bundles and refuses one that ends inside an entry', () => {
    const entries = [new Uint8Array(0), Buffer.from('one'), new Uint8Array(65_535).fill(1)]
    const bundle = encodeEntryBundle(entries)
    assert.deepEqual(
      decodeEntryBundle(bundle).map((e) => e.length),
      [0, 3, 65_535],
    )
    assert.throws(() => decodeEntryBundle(bundle.subarray(0, -1)))
    assert.throws(() => decodeEntryBundle(Uint8Array.of(0)))
  })
})

describe('signed notes and checkpoints (C2SP signed-note, tlog-checkpoint)', () => {
  const note = signCheckpoint({ origin, size: 12, root }, vkey, keys)

  it('reads the key of the specification`s example', () => {
    const text = 'PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW'
    assert.equal(formatVerifierKey(parseVerifierKey(text)), text)
  })

  it('refuses verifier keys whose parts do not fit', () => {
    const text = formatVerifierKey(vkey)
    for (const bad of ['', 'a+b', text.replace('rj1', 'rj2'), `${text}A`, text.replace('+', '+0'), text.slice(0, -4)]) {
      assert.throws(() => parseVerifierKey(bad), { code: 'FDP_LEDGER_BAD_VKEY' })
    }
    assert.throws(() => makeVerifierKey('a b', 1, root), { code: 'FDP_LEDGER_BAD_VKEY' })
  })

  it('opens its own signature and refuses every changed byte, other keys and other origins', () => {
    assert.equal(openCheckpoint(note, vkey).checkpoint.size, 12)
    const bytes = Buffer.from(note)
    for (let at = 0; at < bytes.length; at++) {
      const changed = Buffer.from(bytes)
      changed[at]! ^= 1
      assert.throws(() => openCheckpoint(changed.toString('utf8'), vkey), { code: 'FDP_LEDGER_BAD_NOTE' }, `byte ${at}`)
    }
    const stranger = ledgerVerifierKey(origin, memoryKeys('rj1', 'another'))
    assert.throws(() => openCheckpoint(note, stranger), { code: 'FDP_LEDGER_BAD_NOTE' })
    const foreign = signCheckpoint({ origin: 'other', size: 1, root }, vkey, keys)
    assert.throws(() => openCheckpoint(foreign, vkey), { code: 'FDP_LEDGER_BAD_NOTE' })
  })

  it('refuses checkpoint texts of any other form', () => {
    const text = formatCheckpoint({ origin, size: 12, root })
    assert.deepEqual(parseCheckpoint(text).size, 12)
    for (const bad of [
      text.replace('12', '012'),
      text.replace('12', '-1'),
      `${text}extension\n`,
      text.slice(0, -1),
      text.replace('12', '9007199254740993'),
    ]) {
      assert.throws(() => parseCheckpoint(bad), { code: 'FDP_LEDGER_BAD_NOTE' })
    }
  })

  it('cosigns the text with the time (tlog-cosignature v1), and only that text verifies', () => {
    const witness = makeVerifierKey('witness.example', noteAlgorithms.cosignatureV1, keys.publicKey)
    const { text } = parseNote(note)
    const signature = parseSignatureLine(cosignLine(text, '2026-01-31T09:30:00.000Z' as never, witness, keys))
    assert.equal(signature.signature.length, 72)
    assert.equal(cosignatureTime(text, signature, witness), '2026-01-31T09:30:00.000Z')
    assert.equal(cosignatureTime(text.replace('12', '13'), signature, witness), null)
    const asLogKey = makeVerifierKey('witness.example', noteAlgorithms.ed25519, keys.publicKey)
    assert.equal(cosignatureTime(text, { ...signature, hash: asLogKey.hash }, asLogKey), null)
  })
})

describe('journal', () => {
  const batch = (first: number, size: number) =>
    encodeBatch({
      first,
      openings: Array.from({ length: size }, () => Buffer.from(seededRandom('text').bytes(300)).toString('hex')),
      details: new Map([[first, root]]),
      keys: null,
      checkpoint: signCheckpoint({ origin, size: first + size, root }, vkey, keys),
    })
  const [one, two] = [batch(0, 2), batch(2, 3)]
  const both = Buffer.concat([one, two])

  it('reads back what it writes', () => {
    const { batches, end } = readJournal(both)
    assert.deepEqual(end.kind, 'whole')
    assert.deepEqual(
      batches.map(({ first, openings }) => [first, openings.length]),
      [
        [0, 2],
        [2, 3],
      ],
    )
    assert.deepEqual(batches[0]!.details.get(0), Buffer.from(root))
  })

  it('takes every cut of the last frame for torn, never for damage, and keeps the frames before it', () => {
    for (let length = one.length + 1; length < both.length; length++) {
      const { batches, end } = readJournal(both.subarray(0, length))
      assert.deepEqual([batches.length, end.kind, end.at], [1, 'torn', one.length], `cut to ${length}`)
    }
  })

  it('takes sectors that were never written for torn', () => {
    const unwritten = Buffer.from(both)
    const from = Math.ceil((one.length + frameHeaderBytes) / 512) * 512
    unwritten.fill(0, from, from + 512)
    assert.equal(readJournal(unwritten).end.kind, 'torn')
    assert.equal(readJournal(Buffer.concat([one, Buffer.alloc(4096)])).end.kind, 'torn')
  })

  it('takes every flipped byte for damage, the last frame included', () => {
    for (let at = 0; at < both.length; at++) {
      const changed = Buffer.from(both)
      changed[at]! ^= 0x10
      const { end } = readJournal(changed)
      assert.deepEqual([end.kind, end.at], ['damaged', at < one.length ? 0 : one.length], `byte ${at}`)
    }
  })

  it('does not take unwritten sectors before the last frame for torn', () => {
    const changed = Buffer.from(both)
    changed.fill(0, 512, 1024)
    assert.equal(readJournal(changed).end.kind, 'damaged')
  })
})
