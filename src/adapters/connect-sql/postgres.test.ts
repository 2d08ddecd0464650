import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Static } from '@sinclair/typebox'
import type { Connection } from '#ports'
import {
  bytesOf,
  connectionAskContract,
  question,
  recordsIn,
  refusalOf,
} from '../../../test/contract/connection-ask.ts'
import { onPostgres } from '../../../test/postgres-server.ts'
import { selfSigned } from '../../../test/self-signed.ts'
import { postgresKind } from './index.ts'

const secret = 'Sqlcanary-password'
const canary = 'Sqlcanary-Tau'
const select = 'SELECT id, version, gone, name, changed_at FROM patients'
const changes = `-- key: id\n-- changed: changed_at\n-- deleted: gone
  ${select} WHERE :since::timestamptz IS NULL OR changed_at >= :since::timestamptz`

await onPostgres(async (server) => {
  await server.run(`
    CREATE ROLE reader LOGIN PASSWORD '${secret}';
    CREATE TABLE patients (id int PRIMARY KEY, version int, gone boolean, name text, changed_at timestamptz);
    INSERT INTO patients SELECT i, 1, false, CASE i WHEN 7 THEN '${canary}' ELSE 'a "name",' || chr(10) || i END,
      timestamptz '2026-01-01' + i * interval '1.5 seconds' FROM generate_series(1, 300) AS i;
    CREATE FUNCTION touch() RETURNS int LANGUAGE sql AS 'UPDATE patients SET version = version + 1 RETURNING 1';
    GRANT SELECT, INSERT, UPDATE, DELETE ON patients TO reader`)

  const open = (more: Partial<Static<typeof postgresKind.settings>> = {}, password = secret): Connection =>
    postgresKind.open(
      {
        ...{ host: '127.0.0.1', port: server.port, database: 'postgres', user: 'reader', passwordFile: 'password' },
        ...{ tls: 'verify', caFile: 'ca', connectSecondsMax: 10, statementSecondsMax: 10, idleSecondsMax: 10, ...more },
      },
      (file) => ({ password: `${password}\n`, ca: server.certificate, other: selfSigned('other').cert })[file] ?? '',
    )
  const answered = async (text: string, before: Uint8Array | null = null): Promise<Buffer> => {
    const connection = open()
    const bytes = await bytesOf(await connection.ask!(question(text, before)))
    await connection.close()
    return bytes
  }
  const refused = async (text: string, more: Parameters<typeof open>[0] = {}, before: Uint8Array | null = null) =>
    (await refusalOf(open(more), question(text, before), secret, canary)).code

  connectionAskContract('PostgreSQL', {
    ...{ secret, canary },
    open: (password = secret) => open({}, password),
    away: () => open({ port: 1 }),
    whole: { text: `${select};`, rows: 300 },
    long: "SELECT generate_series(1, 1000000) AS i, repeat('x', 1000) AS filler",
    refused: [
      'SELEC 1',
      'SELECT no_such_column FROM patients',
      'SELECT 1 AS a; SELECT 2 AS a',
      'SELECT name::int AS number FROM patients WHERE id = 7',
      'SELECT 1 / (id - 250) AS late FROM patients',
      `SELECT 1 AS "${canary}, 1"`,
      'SELECT rolpassword FROM pg_authid',
      'SELECT :name AS a',
      '',
    ],
    writing: [
      'DELETE FROM patients',
      'DELETE FROM patients RETURNING id',
      'WITH gone AS (DELETE FROM patients RETURNING id) SELECT id FROM gone',
      'SELECT touch()',
      'SELECT 1 AS a; COMMIT; DELETE FROM patients',
      'INSERT INTO patients VALUES (0)',
      'CREATE TABLE more (a int)',
      "SELECT set_config('transaction_read_only', 'off', true) AS a, touch()",
    ],
    state: async () =>
      JSON.stringify(await server.run('SELECT md5(string_agg(p::text, null ORDER BY id)) FROM patients AS p')),
    changes: {
      text: changes,
      change: async () => {
        await server.run(`
          INSERT INTO patients VALUES (301, 1, false, '${canary}', now());
          UPDATE patients SET version = 2, changed_at = now() WHERE id = 7;
          UPDATE patients SET gone = true, changed_at = now() WHERE id = 300`)
      },
      rows: async () => recordsIn(await answered(`${select} WHERE NOT gone`)),
    },
  })

  describe('a value of PostgreSQL', () => {
    it('comes as the database writes it, to the last digit, in one form whatever the server prefers', async () => {
      await server.run(`ALTER ROLE reader SET DateStyle = 'German'; ALTER ROLE reader SET TimeZone = 'Asia/Tokyo';
        ALTER ROLE reader SET IntervalStyle = 'postgres_verbose'; ALTER ROLE reader SET extra_float_digits = -5`)
      const values: readonly (readonly [string, string])[] = [
        ['12345678901234567890123456.0123456789::numeric(38, 10)', '12345678901234567890123456.0123456789'],
        ['1.0::numeric', '1.0'],
        ['1.10::numeric(10, 4)', '1.1000'],
        ['9223372036854775807', '9223372036854775807'],
        ['0.1::float4', '0.1'],
        ['0.1::float8 + 0.2', '0.30000000000000004'],
        ["'1234.5'::money", '"$1,234.50"'],
        ["'2026-10-25 01:30:00.123456+00'::timestamptz", '2026-10-25 01:30:00.123456+00'],
        ["'2026-10-25 01:30:00'::timestamp", '2026-10-25 01:30:00'],
        ["'0099-01-31'::date", '0099-01-31'],
        ["'25:30'::interval", 'PT25H30M'],
        ["'24:00'::time", '24:00:00'],
        ['true', 't'],
        ["'{1,2}'::int[]", '"{1,2}"'],
        ['\'{"a": 1.00}\'::jsonb', '"{""a"": 1.00}"'],
        ["'a  '::char(5)", 'a    '],
        ["'Siân 🏥'", 'Siân 🏥'],
        ["E'a\\r\\nb'", '"a\r\nb"'],
        ['null', ''],
        ["''", '""'],
      ]
      const bytes = await answered(`SELECT ${values.map(([value], i) => `${value} AS c${i}`).join(', ')}`)
      const header = values.map((_, i) => `c${i}`).join(',')
      assert.equal(bytes.toString(), `${header}\r\n${values.map(([, text]) => text).join(',')}\r\n`)
      assert.equal((await answered('SELECT null AS a')).toString(), 'a\r\n""\r\n')
      assert.equal((await answered('SELECT 1 AS a WHERE false')).toString(), 'a\r\n')
    })
    it('of bytes is refused, and so are names that are data, are none, or are there twice', async () => {
      assert.equal(await refused("SELECT 1 AS a, 'x'::bytea AS b"), 'FDP_SQL_COLUMN_TYPE')
      assert.equal(await refused('SELECT 1 AS a, 2 AS "A"'), 'FDP_SQL_COLUMN_TWICE')
      for (const name of ['9434765919', 'nhs 9434765919', 'Smith, Ada', ' a', 'a ', '_row', 'é', 'a"b'])
        assert.equal(await refused(`SELECT 1 AS "${name.replace('"', '""')}"`), 'FDP_SQL_COLUMN_NAME', name)
      assert.equal(await refused('SELECT 1'), 'FDP_SQL_COLUMN_NAME')
      assert.equal(await refused(`SELECT ${Array.from({ length: 1_001 }, (_, i) => `1 AS c${i}`)}`), 'FDP_SQL_COLUMNS')
    })
  })

  it('a day is bound wherever it stands outside quotes and comments', async () => {
    const text = `/* :no */ SELECT :day::date AS a, ':no' AS b, $x$:no$x$ AS c, (ARRAY[7,8])[1:1] AS d -- :no`
    assert.equal((await answered(text)).toString(), 'a,b,c,d\r\n2026-01-31,:no,:no,{7}\r\n')
  })

  it('rows come as they are taken: the database waits with what is not read yet', async () => {
    const rows = process.env.FDP_TEST_FULL === '1' ? 20_000 : 1_000
    const connection = open()
    const before = process.memoryUsage.rss()
    const answer = await connection.ask!(
      question(`SELECT generate_series(1, ${rows}) AS i, repeat('x', 20000) AS filler`),
    )
    let bytes = 0
    let most = 0
    for await (const piece of answer.source.open()) {
      if (bytes === 0) {
        const [session] = await server.run("SELECT state, query FROM pg_stat_activity WHERE usename = 'reader'")
        assert.deepEqual(session, { state: 'idle in transaction', query: 'FETCH 100 FROM fdp' })
      }
      bytes += piece.length
      most = Math.max(most, piece.length)
    }
    assert.ok(bytes > rows * 20_000)
    assert.ok(most < 4_000_000, `${most} bytes at once`)
    assert.ok(process.memoryUsage.rss() - before < 300_000_000)
  })

  it('the whole answer is of one moment', async () => {
    const connection = open()
    const answer = await connection.ask!(question(`${select} ORDER BY id`))
    await server.run(`UPDATE patients SET name = 'later' WHERE id > 200`)
    assert.doesNotMatch((await bytesOf(answer)).toString(), /later/)
  })

  describe('changes', () => {
    it('are asked for from the highest mark, that mark included, and take the place of what was', async () => {
      const before = Buffer.from(
        'id,version,gone,name,changed_at\r\n' +
          '1,0,f,"was, ""1""",2026-01-01 00:00:01.5+00\r\n2,0,f,,2026-01-01 00:07:28.5+00\r\n900,0,f,"old\r\nline",\r\n',
      )
      const records = (await answered(changes, before)).toString().split(/\r\n(?=\d+,)/)
      const of = (id: number) => records.filter((record) => record.startsWith(`${id},`)).map((record) => record.trim())
      assert.deepEqual(of(1), ['1,0,f,"was, ""1""",2026-01-01 00:00:01.5+00'])
      assert.deepEqual(of(900), ['900,0,f,"old\r\nline",'])
      assert.equal(of(299).length, 1)
      assert.equal(of(298).length, 0)
    })
    it('are not enough where columns are others now, nothing is known, or a day for everything has come', async () => {
      const whole = recordsIn(await answered(changes)).length
      assert.ok(whole > 250)
      for (const before of [
        'id,changed_at\r\n1,2027-01-01\r\n',
        'id\r\n1\r\n',
        'id,version,gone,name,changed_at\r\n',
        '',
      ])
        assert.equal(recordsIn(await answered(changes, Buffer.from(before))).length, whole, before)
      const late = Buffer.from('id,version,gone,name,changed_at\r\n1,0,f,a,2027-01-01\r\n')
      assert.equal(recordsIn(await answered(changes, late)).length, 1)
      assert.equal(recordsIn(await answered(`-- whole: saturday\n${changes}`, late)).length, whole)
      assert.equal(recordsIn(await answered(`-- whole: sunday\n${changes}`, late)).length, 1)
    })
    it('of a statement that does not say how, gives nothing at first, or of marks that do not grow, are refused', async () => {
      assert.equal(await refused(`${select} WHERE changed_at >= :since`), 'FDP_SQL_INCREMENT')
      const lines = '-- key: id\n-- changed: changed_at\n'
      assert.equal(await refused(`${lines}${select} WHERE changed_at >= :since`), 'FDP_SQL_NOTHING')
      assert.equal(await refused(changes.replace('key: id', 'key: id, no')), 'FDP_SQL_INCREMENT_COLUMN')
      assert.equal(await refused(changes, {}, Buffer.from(`changed_at\r\n${canary}\r\n`)), 'FDP_SQL_WATERMARK')
    })
  })

  describe('a database is refused', () => {
    it('whose certificate nobody vouches for, or that has another name', async () => {
      assert.equal(await refused(select, { caFile: 'other' }), 'FDP_SQL_TLS')
      assert.equal(await refused(select, { host: 'localhost' }), 'FDP_SQL_TLS')
    })
    it('that does not know the user, the password or the database', async () => {
      assert.equal(await refused(select, { user: 'nobody' }), 'FDP_SQL_SIGN_IN')
      assert.equal(await refused(select, { passwordFile: 'empty' }), 'FDP_SQL_SIGN_IN')
      assert.equal(await refused(select, { database: 'nowhere' }), 'FDP_SQL_SIGN_IN')
    })
    it('that takes too long, at first or on the way', async () => {
      assert.equal(await refused('SELECT pg_sleep(30) AS a', { statementSecondsMax: 1 }), 'FDP_SQL_TIME_LIMIT')
      const late = 'SELECT i, CASE WHEN i > 150 THEN pg_sleep(5) END AS a FROM generate_series(1, 200) AS i'
      assert.equal(await refused(late, { idleSecondsMax: 1 }), 'FDP_SQL_TIME_LIMIT')
    })
    it('that ends while it answers; what came before is no answer', async () => {
      const connection = open()
      const answer = await connection.ask!(question("SELECT generate_series(1, 100000) AS i, repeat('x', 1000) AS a"))
      await server.run("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'reader'")
      await assert.rejects(bytesOf(answer), { code: 'FDP_SQL_AWAY', status: 503 })
    })
  })
})
