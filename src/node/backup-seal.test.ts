import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { sha256Hex, systemRandom } from '#kernel'
import { openSealed, sealFile } from './backup-seal.ts'

const key = systemRandom.bytes(32)
let folder: string
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'openfdp-seal-'))
})
after(() => rm(folder, { recursive: true }))

const at = (name: string) => join(folder, name)
const bindingOf = (bytes: Uint8Array, source = 'lake/a') => ({ tenant: 't', source, plain: sha256Hex(bytes) })

test('what is sealed opens to the same bytes, of any length, and is sealed to the same bytes again', async () => {
  for (const length of [0, 1, 1024 * 1024, 1024 * 1024 + 1, 2 * 1024 * 1024]) {
    const bytes = systemRandom.bytes(length)
    await writeFile(at('plain'), Buffer.concat([bytes, Buffer.from('grown since')]))
    const binding = bindingOf(bytes)
    for (const copy of ['one', 'two'])
      assert.ok(await sealFile({ path: at('plain'), bytes: length }, at(copy), key, binding))
    assert.ok((await readFile(at('one'))).equals(await readFile(at('two'))), String(length))
    assert.ok(await openSealed(at('one'), at('opened'), key, binding))
    assert.ok((await readFile(at('opened'))).equals(bytes), String(length))
  }
})

test('refused: another key, place or content, a changed byte, a chunk left out or moved', async () => {
  const bytes = systemRandom.bytes(3 * 1024 * 1024)
  await writeFile(at('plain'), bytes)
  const binding = bindingOf(bytes)
  assert.equal(await sealFile({ path: at('plain'), bytes: 5 }, at('other'), key, binding), false)
  assert.ok(await sealFile({ path: at('plain'), bytes: bytes.length }, at('sealed'), key, binding))
  const opens = (given: Uint8Array, what = binding) => openSealed(at('sealed'), at('opened'), given, what)
  assert.equal(await opens(systemRandom.bytes(32)), false)
  for (const change of [{ tenant: 'u' }, { source: 'lake/b' }, { plain: sha256Hex('x') }])
    assert.equal(await opens(key, { ...binding, ...change }), false)
  const sealed = await readFile(at('sealed'))
  const chunk = 1024 * 1024 + 16
  const [one, two, three] = [0, 1, 2].map((i) => sealed.subarray(i * chunk, (i + 1) * chunk))
  const changed = Buffer.from(sealed)
  changed[changed.length >> 1]! ^= 1
  for (const wrong of [changed, Buffer.concat([one!, two!]), Buffer.concat([two!, one!, three!]), Buffer.alloc(0)]) {
    await writeFile(at('sealed'), wrong)
    assert.equal(await opens(key), false)
  }
})
