import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { textOf } from '../../../test/contract/file-drop.ts'
import { cases, fc } from '../../../test/random.ts'
import { refusal } from '../../../test/refusal.ts'
import { s3Bucket, s3Keys, s3Region, s3Server } from '../../../test/s3-server.ts'
import { parseObjectList } from './object-list.ts'
import { s3Kind } from './s3-kind.ts'

const settingsOf = (endpoint: string) => ({
  ...{ endpoint, region: s3Region, bucket: s3Bucket },
  ...{ accessKeyFile: 'id', secretKeyFile: 'secret' },
})
const secret = (file: string) => (file === 'id' ? s3Keys.accessKeyId : s3Keys.secretAccessKey)

describe('a connection to a store', () => {
  it('is declared with https, unless it is on this machine, and with a bucket', () => {
    for (const endpoint of [
      'http://s3.example',
      'x',
      'ftp://localhost',
      'https://a:b@s3.example',
      'https://s3.example?x',
    ])
      assert.throws(() => s3Kind.open(settingsOf(endpoint), secret), { code: 'FDP_S3_SETTINGS', status: 400 })
    assert.throws(() => s3Kind.open({ ...settingsOf('https://s3.example'), bucket: '../x' }, secret), /bucket/)
  })
  it('reads every page of a list', async () => {
    await using server = await s3Server()
    const names = Array.from({ length: 10 }, (_, i) => `${i} +%&=é.csv`)
    for (const name of names) server.objects.set(`a b/${name}`, { content: Buffer.from(name), modified: new Date(0) })
    const drop = s3Kind.open(settingsOf(`${server.endpoint}/`), secret).drop!('/a b/')
    const files = await drop.list()
    assert.deepEqual(
      files.map(({ name }) => name),
      names,
    )
    assert.equal(server.asked.length, 4)
    for (const name of names) assert.equal(await textOf(await drop.open(name)), name)
  })
  it('says whose fault it is: keys, the store, the bucket', async () => {
    await using server = await s3Server()
    const wrong = s3Kind.open(settingsOf(server.endpoint), () => 'Canary-Key').drop!('in')
    assert.equal(await refusal(() => wrong.list()), 'FDP_S3_SIGN_IN')
    assert.equal(await refusal(() => wrong.open('a')), 'FDP_S3_SIGN_IN')
    const drop = s3Kind.open(settingsOf(server.endpoint), secret).drop!('in')
    const says = [
      [503, 'FDP_S3_UNREACHABLE'],
      [429, 'FDP_S3_UNREACHABLE'],
      [307, 'FDP_S3_PLACE'],
      [404, 'FDP_S3_PLACE'],
    ] as const
    for (const [status, code] of says) {
      server.instead = (_, response) => {
        response.writeHead(status, { location: `${server.endpoint}/elsewhere` }).end('Canary')
        return true
      }
      assert.equal(await refusal(() => drop.list()), code)
    }
    await server[Symbol.asyncDispose]()
    assert.equal(await refusal(() => drop.list()), 'FDP_S3_UNREACHABLE')
  })
  it('notices a file that is another, or breaks off, though the store says nothing of it', async () => {
    await using server = await s3Server()
    server.objects.set('a', { content: Buffer.from('0123456789'), modified: new Date() })
    const source = await s3Kind.open(settingsOf(server.endpoint), secret).drop!('').open('a')
    server.instead = (_, response) => {
      response.writeHead(200, { etag: '"other"' }).end('0123456789')
      return true
    }
    assert.equal(await refusal(() => textOf(source)), 'FDP_S3_CHANGED')
    server.instead = (request, response) => {
      response.writeHead(200, { etag: String(request.headers['if-match']), 'content-length': 10 }).write('01234')
      setTimeout(() => response.destroy(), 20)
      return true
    }
    assert.equal(await refusal(() => textOf(source)), 'FDP_S3_UNREACHABLE')
  })
  it('waits no longer than its limit', async (test) => {
    await using server = await s3Server()
    const arrived = new Promise<void>((done) => {
      server.instead = () => {
        done()
        return true
      }
    })
    test.mock.timers.enable({ apis: ['setTimeout'] })
    const waiting = refusal(() => s3Kind.open(settingsOf(server.endpoint), secret).drop!('').list())
    await arrived
    test.mock.timers.tick(60_000)
    assert.equal(await waiting, 'FDP_S3_UNREACHABLE')
  })
})

it('a list is read, or refused, whatever it is', () => {
  assert.throws(() => parseObjectList('<!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>'))
  assert.throws(() => parseObjectList('<ListBucketResult><IsTruncated>true</IsTruncated></ListBucketResult>'))
  const whole =
    '<ListBucketResult><IsTruncated>false</IsTruncated><Contents><Key>a</Key><Size>1</Size><LastModified>2026-01-31T00:00:00Z</LastModified></Contents></ListBucketResult>'
  assert.equal(parseObjectList(whole).objects.length, 1)
  const place = fc.nat(whole.length)
  fc.assert(
    fc.property(place, place, fc.string({ maxLength: 5 }), (from, to, text) => {
      try {
        parseObjectList(whole.slice(0, from) + text + whole.slice(to))
      } catch (error) {
        assert.ok(error instanceof Error)
      }
    }),
    cases(500, 20_000),
  )
})
