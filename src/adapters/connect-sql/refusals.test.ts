import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { describe, it } from 'node:test'
import { Value } from '@sinclair/typebox/value'
import type { Connection, ConnectionKind } from '#ports'
import { question, refusalOf } from '../../../test/contract/connection-ask.ts'
import { oracleKind, postgresKind, sqlServerKind } from './index.ts'

const password = 'Sqlcanary-password'

/** Anything that listens on a port and is no database. */
async function onListener<T>(heard: (socket: Socket) => void, work: (port: number) => Promise<T>): Promise<T> {
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
    heard(socket)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  try {
    return await work((server.address() as AddressInfo).port)
  } finally {
    for (const socket of sockets) socket.destroy()
    server.close()
  }
}

/** What is declared, with defaults, as it would be read from a file. */
function opened(kind: ConnectionKind, declared: Record<string, unknown>): Connection {
  const settings = Value.Default(kind.settings, {
    ...{ host: '127.0.0.1', user: 'Canaryuser', passwordFile: 'password', connectSecondsMax: 1 },
    ...('service' in kind.settings.properties ? { service: 'PAS' } : { database: 'pas' }),
    ...declared,
  })
  assert.deepEqual([...Value.Errors(kind.settings, settings)], [])
  return kind.open(settings as never, () => password)
}

const nonsense: readonly (readonly [string, string | Uint8Array])[] = [
  ['a web server', 'HTTP/1.1 400 Bad Request\r\nserver: Canaryhost\r\n\r\n'],
  ['a mail server', '220 Canaryhost ESMTP\r\n'],
  ['noughts', new Uint8Array(5_000)],
  ['ones', new Uint8Array(5_000).fill(255)],
  ['chance', randomBytes(5_000)],
  // Messages of PostgreSQL that its driver does not know what to do with.
  ['a sign-in of no kind', Uint8Array.from([0x52, 0, 0, 0, 8, 0, 0, 0, 99])],
  ['a message of no length', Uint8Array.from([0x52, 0, 0, 0, 0, 0, 0, 0, 0])],
  ['a message of less', Uint8Array.from([0x53, 255, 255, 255, 255])],
  ['rows before their time', Uint8Array.from([0x44, 0, 0, 0, 6, 255, 255, 0x44, 0, 0, 0, 9, 0, 2, 0, 1])],
]

for (const [name, kind] of [
  ['PostgreSQL', postgresKind],
  ['SQL Server', sqlServerKind],
  ['Oracle', oracleKind],
] as const) {
  const of = kind as unknown as ConnectionKind
  const refused = async (declared: Record<string, unknown>) => {
    const refusal = await refusalOf(opened(of, declared), question('SELECT 1 AS a'), password, 'Canary')
    assert.equal(refusal.status, 503, refusal.code)
    return refusal.code
  }

  describe(`a connection to ${name}`, () => {
    it('has nothing secret among its settings, a description for each, and certificates are verified', () => {
      const { properties } = of.settings
      for (const [setting, { description }] of Object.entries(properties))
        assert.match(description ?? '', /\.$/, setting)
      assert.ok(
        Object.keys(properties).every((setting) => !/password|secret|key/i.test(setting) || /File$/.test(setting)),
      )
      assert.equal((Value.Default(of.settings, {}) as { tls: string }).tls, 'verify')
    })
    it('is refused where nobody listens, or no host is of that name', async () => {
      for (const tls of ['verify', 'off']) assert.equal(await refused({ port: 1, tls }), 'FDP_SQL_AWAY')
      assert.equal(await refused({ host: 'canary.invalid', connectSecondsMax: 10 }), 'FDP_SQL_AWAY')
    })
    it('is refused in time where somebody listens and says nothing', async () => {
      const silent = (tls: string) =>
        onListener(
          () => {},
          (port) => refused({ port, tls }),
        )
      assert.deepEqual(await Promise.all(['verify', 'off'].map(silent)), ['FDP_SQL_TIME_LIMIT', 'FDP_SQL_TIME_LIMIT'])
    })
    it('is refused where somebody hangs up, or is no database', async () => {
      await onListener(
        (socket) => socket.end(),
        async (port) => assert.match(await refused({ port }), /^FDP_SQL_(AWAY|TLS)$/),
      )
      await Promise.all(
        nonsense.flatMap(([who, said]) =>
          ['verify', 'off'].map(async (tls) => {
            const code = await onListener(
              (socket) => socket.write(said),
              (port) => refused({ port, tls }),
            )
            assert.match(code, /^FDP_SQL_(AWAY|TLS|TIME_LIMIT)$/, who)
          }),
        ),
      )
    })
    it('is refused in clear, but to this machine', async () => {
      assert.equal(await refused({ host: 'canary.invalid', tls: 'off' }), 'FDP_SQL_TLS')
    })
    it('is refused without a password', async () => {
      const connection = of.open(Value.Default(of.settings, { host: '127.0.0.1', service: 'PAS' }) as never, () => '\n')
      assert.equal((await refusalOf(connection, question('SELECT 1 AS a'))).code, 'FDP_SQL_SIGN_IN')
    })
  })
}
