/*
 * A program that does send something home, in the way that its argument names: to an address of TEST-NET-2 (RFC 5737),
 * which is nobody's, or to a name of the domain kept for tests (RFC 6761). What becomes of the attempt does not matter.
 */
import { spawn } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { resolve4 } from 'node:dns/promises'
import { get } from 'node:http'
import { get as secureGet } from 'node:https'
import { connect } from 'node:net'
import { fileURLToPath } from 'node:url'
import { Worker } from 'node:worker_threads'

const away = '198.51.100.1'
const givesUpMs = 2_000
const ignore = () => undefined

const ways: Readonly<Record<string, () => unknown>> = {
  nothing: ignore,
  net: () => connect(9, away).on('error', ignore),
  http: () => get(`http://${away}:8009/`).on('error', ignore),
  https: () => secureGet(`https://${away}:8009/`).on('error', ignore),
  fetch: () => fetch(`http://${away}:8009/`).catch(ignore),
  udp: () => createSocket('udp4').on('error', ignore).send('x', 9, away, ignore),
  // Without a packet: a far end alone, which stays open to be looked at.
  'udp-held': () => createSocket('udp4').on('error', ignore).connect(9, away, ignore),
  dns: () => resolve4('home.test').catch(ignore),
  worker: () => new Worker(`require('node:net').connect(9, '${away}').on('error', () => {})`, { eval: true }),
  child: () => spawn(process.execPath, [fileURLToPath(import.meta.url), 'net'], { stdio: 'ignore' }),
}

const way = ways[process.argv[2] ?? '']
if (!way) throw new Error('no such way')
way()
setTimeout(() => process.exit(0), givesUpMs)
