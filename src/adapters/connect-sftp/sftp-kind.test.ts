import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { textOf } from '../../../test/contract/file-drop.ts'
import { refusal } from '../../../test/refusal.ts'
import { sftpServer } from '../../../test/sftp-server.ts'
import { sftpKind } from './sftp-kind.ts'

const folder = await mkdtemp(join(tmpdir(), 'fdp-sftp-'))
await writeFile(join(folder, 'a.csv'), 'x'.repeat(600_000))
after(() => rm(folder, { recursive: true }))
const password = 'Canary-Password'
const settingsOf = (server: { port: number; fingerprint: string }) => ({
  host: '127.0.0.1',
  port: server.port,
  user: 'Canary-User',
  hostKey: server.fingerprint,
  passwordFile: 'password',
})

describe('an SFTP connection', () => {
  it('tells nothing to a server that shows another key', async () => {
    await using server = await sftpServer(password)
    const hostKey = `SHA256:${'A'.repeat(43)}`
    const connection = sftpKind.open({ ...settingsOf(server), hostKey }, () => password)
    assert.equal(await refusal(() => connection.drop!(folder).list()), 'FDP_SFTP_HOST_KEY')
    assert.deepEqual(server.asked, [])
    await connection.close()
  })
  it('is declared with the key of the server, and a way to sign in', () => {
    const settings = { host: 'x', user: 'x', hostKey: 'SHA256:x', passwordFile: 'x' }
    for (const wrong of [settings, { ...settings, hostKey: `SHA256:${'A'.repeat(43)}`, passwordFile: '' }])
      assert.throws(() => sftpKind.open(wrong, () => 'x'), { code: 'FDP_SFTP_SETTINGS', status: 400 })
  })
  it('says that the user is not accepted: a wrong password, a key that is none or another', async () => {
    await using server = await sftpServer(password)
    const { passwordFile: _, ...bare } = settingsOf(server)
    const key = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ type: 'pkcs1', format: 'pem' })
    const wrong = [
      sftpKind.open(settingsOf(server), () => 'Canary-Wrong'),
      sftpKind.open({ ...bare, privateKeyFile: 'key' }, () => 'Canary-No-Key'),
      sftpKind.open({ ...bare, privateKeyFile: 'key' }, () => String(key)),
    ]
    for (const connection of wrong) {
      assert.equal(await refusal(() => connection.drop!(folder).list()), 'FDP_SFTP_SIGN_IN')
      await connection.close()
    }
  })
  it('says that nobody is there, or somebody who does not speak SSH', async () => {
    const other = createServer((socket) =>
      socket
        .on('error', () => {})
        .resume()
        .end('HTTP/1.1 400 Canary\r\n\r\n'),
    )
    await new Promise<void>((done) => other.listen(0, '127.0.0.1', done))
    const { port } = other.address() as { port: number }
    const at = (where: number) =>
      sftpKind.open(settingsOf({ port: where, fingerprint: `SHA256:${'A'.repeat(43)}` }), () => password)
    assert.equal(await refusal(() => at(port).drop!(folder).list()), 'FDP_SFTP_UNREACHABLE')
    await new Promise((done) => other.close(done))
    assert.equal(await refusal(() => at(port).drop!(folder).list()), 'FDP_SFTP_UNREACHABLE')
  })
  it('fails when the line breaks in the middle of a file, and is there again afterwards', async () => {
    await using server = await sftpServer(password)
    const connection = sftpKind.open(settingsOf(server), () => password)
    const source = await connection.drop!(folder).open('a.csv')
    const broken = async () => {
      for await (const _ of source.open()) server.drop()
    }
    assert.equal(await refusal(broken), 'FDP_SFTP_UNREACHABLE')
    server.bytesMax = 20_000
    assert.equal((await textOf(source)).length, 600_000)
    await connection.close()
    assert.equal((await connection.drop!(`${folder}/`).list()).length, 1)
    await connection.close()
  })
  it('asks no further ahead than its limit, and closes what it opened when it is given up', async () => {
    await using server = await sftpServer(password)
    const connection = sftpKind.open(settingsOf(server), () => password)
    const source = await connection.drop!(folder).open('a.csv')
    for await (const _ of source.open()) {
      await new Promise((done) => setTimeout(done, 50))
      const reads = server.asked.filter((name) => name === 'READ').length
      assert.ok(reads <= 17, `${reads} reads`)
      break
    }
    assert.equal(server.asked.filter((name) => name === 'CLOSE').length, 1)
    await connection.close()
  })
  it('waits no longer than its limit for an answer', async (test) => {
    await using server = await sftpServer(password)
    const connection = sftpKind.open(settingsOf(server), () => password)
    await connection.drop!(folder).list()
    server.silent = 'OPENDIR'
    test.mock.timers.enable({ apis: ['setTimeout'] })
    const waiting = refusal(() => connection.drop!(folder).list())
    await new Promise((done) => setImmediate(done))
    test.mock.timers.tick(60_000)
    assert.equal(await waiting, 'FDP_SFTP_UNREACHABLE')
    test.mock.timers.reset()
    server.silent = ''
    assert.equal((await connection.drop!(folder).list()).length, 1)
    await connection.close()
  })
})
