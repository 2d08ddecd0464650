import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isFdpError } from '#kernel'
import { parseConfig } from './config.ts'

const refused = (text: string, where: RegExp) =>
  assert.throws(
    () => parseConfig(text),
    (error) => isFdpError(error, 'FDP_NODE_CONFIG') && where.test(error.message),
  )

test('a setting that is not known, misspelt or out of range is refused by name', () => {
  refused('htttp: {}', /htttp/)
  refused('http: { host: 0.0.0.0 }', /http\.host.*only with/)
  refused('http: { host: 0.0.0.0, tls: { certificateFile: a, keyFile: b } }', /http\.publicOrigin/)
  refused('http: { host: abc, tls: { certificateFile: a, keyFile: b } }', /http\.host/)
  refused('http: { tls: { certificateFile: a } }', /http\.tls/)
  refused('engine: { threads: 0 }', /engine\.threads/)
  refused('http: {', /line 1/)
  refused('a: 1\na: 2', /line 2/)
})

test('an empty file gives the defaults, and one setting leaves the others', () => {
  assert.equal(parseConfig('').http.host, '127.0.0.1')
  const config = parseConfig('http: { port: 0 }')
  assert.deepEqual(config.http, {
    ...{ host: '127.0.0.1', port: 0, publicOrigin: '', requestsPerMinuteMax: 600 },
    tls: { certificateFile: '', keyFile: '' },
  })
  assert.equal(config.engine.threads, 2)
})
