/*
 * Loaded before a program (`node --require`, by NODE_OPTIONS so that its children and workers load it too): writes down
 * where it tries to connect, look up or send to, and what it starts, one JSON document a line, and lets it go on.
 */
import childProcess from 'node:child_process'
import dgram from 'node:dgram'
import dns from 'node:dns'
import { appendFileSync } from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import net from 'node:net'

export interface Attempt {
  readonly kind: 'socket' | 'fetch' | 'udp' | 'dns' | 'child'
  /** A host, `unix:<path>`, or the file name of a program. */
  readonly to: string
}

const log = process.env.FDP_TEST_OUTBOUND ?? ''

function note(kind: Attempt['kind'], to: string): void {
  appendFileSync(log, `${JSON.stringify({ kind, to } satisfies Attempt)}\n`)
}

function hook(on: object, name: string, kind: Attempt['kind'], to: (args: readonly unknown[]) => string): void {
  const real: unknown = Reflect.get(on, name)
  if (typeof real !== 'function') return
  Reflect.set(on, name, function hooked(this: unknown, ...args: unknown[]): unknown {
    note(kind, to(args))
    return Reflect.apply(real, this, args)
  })
}

/** `connect(options)`, `connect(port, host)`, `connect(path)`, or Node's own form, a list with the options first. */
function socketTarget([first, second]: readonly unknown[]): string {
  const given: unknown = Array.isArray(first) ? first[0] : first
  if (typeof given === 'object' && given !== null) {
    const { path, host } = given as { path?: string; host?: string }
    return path ? `unix:${path}` : (host ?? 'localhost')
  }
  if (typeof given === 'string' && !/^\d+$/.test(given)) return `unix:${given}`
  return typeof second === 'string' ? second : 'localhost'
}

const lastText = (args: readonly unknown[]) =>
  String(args.findLast((each, i) => i > 0 && typeof each === 'string') ?? 'localhost')
const firstText = ([first]: readonly unknown[]) => String(first)
const lookups = [
  'lookup',
  'lookupService',
  'resolve',
  'reverse',
  ...['4', '6', 'Any', 'Caa', 'Cname', 'Mx', 'Naptr', 'Ns', 'Ptr', 'Soa', 'Srv', 'Tlsa', 'Txt'].map(
    (of) => `resolve${of}`,
  ),
]

if (log === '') throw new Error('FDP_TEST_OUTBOUND names no file')
hook(net.Socket.prototype, 'connect', 'socket', socketTarget)
hook(dgram.Socket.prototype, 'send', 'udp', lastText)
hook(dgram.Socket.prototype, 'connect', 'udp', lastText)
hook(globalThis, 'fetch', 'fetch', ([input]) => new URL(input instanceof Request ? input.url : String(input)).hostname)
for (const on of [dns, dns.promises, dns.Resolver.prototype, dns.promises.Resolver.prototype]) {
  for (const name of lookups) hook(on, name, 'dns', firstText)
}
// The asynchronous ones all end in this method.
hook(childProcess.ChildProcess.prototype, 'spawn', 'child', ([options]) => (options as { file: string }).file)
for (const name of ['spawnSync', 'execFileSync', 'execSync']) hook(childProcess, name, 'child', firstText)
syncBuiltinESMExports()
