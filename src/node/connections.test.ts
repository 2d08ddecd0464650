import assert from 'node:assert/strict'
import { chmod, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { Type } from '@sinclair/typebox'
import type { ConnectionKind } from '#ports'
import { Connections, noteOf } from './connections.ts'

const settings = Type.Object(
  { host: Type.String({ maxLength: 20 }), port: Type.Integer({ default: 1 }), passwordFile: Type.String() },
  { additionalProperties: false },
)

/** Remembers what it was opened with. */
function kindOf(opened: unknown[]): ConnectionKind<typeof settings> {
  return {
    settings,
    open(given, secret) {
      opened.push({ ...given, password: secret(given.passwordFile) })
      return { close: async () => void opened.push('closed') }
    },
  }
}

async function place() {
  const folder = await mkdtemp(join(tmpdir(), 'openfdp-connections-'))
  await mkdir(join(folder, 'connections'))
  const opened: unknown[] = []
  const connections = new Connections(folder, { made: kindOf(opened) as never })
  const write = async (name: string, text: string, mode = 0o600) => {
    await writeFile(join(folder, 'connections', name), text, { mode })
    await chmod(join(folder, 'connections', name), mode)
  }
  return { folder, connections, opened, write, [Symbol.asyncDispose]: () => rm(folder, { recursive: true }) }
}

const right = 'kind: made\nhost: pas\npasswordFile: pas.secret\n'

test('refused: a declaration that is not right, by its place; never its text, nor a secret', async () => {
  await using at = await place()
  await at.write('pas.secret', 'hidden one')
  const refused = async (text: string, where: string) => {
    await at.write('pas.yaml', text)
    assert.throws(
      () => at.connections.of('pas'),
      (error: { code?: string; params?: Record<string, unknown>; message?: string }) => {
        assert.deepEqual([error.code, error.params?.where], ['FDP_NODE_CONNECTION', where])
        assert.doesNotMatch(String(error.message), /hidden/)
        return true
      },
    )
  }
  await refused('hidden: [', 'line 1')
  await refused('- hidden', 'kind')
  await refused('kind: hidden', 'kind')
  await refused('kind: toString', 'kind')
  await refused(`${right}port: hidden`, 'port')
  await refused(`${right}more: hidden`, 'more')
  await refused('kind: made\nhost: &a hidden\npasswordFile: *a\n', 'the top')
  await refused(right.replace('pas.secret', '../hidden'), 'a secret')
  await refused(right.replace('pas.secret', 'hidden'), 'a secret')
  if (process.platform !== 'win32') {
    await at.write('pas.secret', 'hidden one', 0o640)
    await refused(right, 'a secret')
  }
  assert.throws(() => at.connections.of('../pas'), { code: 'FDP_NODE_NO_CONNECTION' })
  assert.throws(() => at.connections.of('other'), { code: 'FDP_NODE_NO_CONNECTION' })
  assert.deepEqual(at.opened, [])
})

test('opened when it is asked for, once, and anew when its declaration changed; never after the end', async () => {
  await using at = await place()
  await at.write('pas.secret', 'hidden one\n')
  await at.write('pas.yaml', right)
  await at.write('wrong.yaml', 'kind: none')
  const found = at.connections.list().map(({ name, kind, problem }) => [name, kind, problem?.code ?? null])
  assert.deepEqual(found, [
    ['pas', 'made', null],
    ['wrong', null, 'FDP_NODE_CONNECTION'],
  ])
  assert.deepEqual(at.opened, [])
  assert.equal(at.connections.of('pas'), at.connections.of('pas'))
  await at.write('pas.yaml', `${right}port: 2\n`)
  at.connections.of('pas')
  const was = { host: 'pas', passwordFile: 'pas.secret', password: 'hidden one' }
  assert.deepEqual(at.opened, [{ ...was, port: 1 }, { ...was, port: 2 }, 'closed'])
  await at.connections.close()
  assert.equal(at.opened.at(-1), 'closed')
  assert.throws(() => at.connections.of('pas'), { code: 'FDP_NODE_ENDING' })
})

test('a note is there after a restart, and gone when it is taken back', async () => {
  await using at = await place()
  const note = noteOf(at.folder, 'pas')
  assert.equal(await note.read(), null)
  await note.write({ at: 'the door' })
  assert.deepEqual(await noteOf(at.folder, 'pas').read(), { at: 'the door' })
  await note.write(null)
  await note.write(null)
  assert.equal(await note.read(), null)
  await writeFile(join(at.folder, 'notes', 'pas.json'), '{"half')
  assert.equal(await note.read(), null)
  assert.deepEqual(await readdir(join(at.folder, 'notes')), ['pas.json'])
})
