import { spawn, spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { Attempt } from './outbound-preload.ts'

/*
 * Runs a program and watches where it goes: from inside, by hooks loaded before it; and from outside, by its system calls
 * (where strace may run) and by the kernel's tables of sockets (on Linux), which see native code as well.
 */
const preload = fileURLToPath(new URL('./outbound-preload.ts', import.meta.url))
const lookEveryMs = 25
const tracerEndsMs = 10_000

export interface Watched {
  readonly child: ReturnType<typeof spawn>
  /** What was seen until it ended; null where this system offers no such look. */
  readonly seen: Promise<Seen>
}

export interface Seen {
  readonly inside: readonly Attempt[]
  /** Addresses of the calls connect, sendto and the like; `unix:` for those. */
  readonly calls: readonly string[] | null
  /** Peers of open sockets. */
  readonly peers: readonly string[] | null
}

export const canTrace =
  process.platform === 'linux' && spawnSync('strace', ['-f', '-o', '/dev/null', 'true']).status === 0
export const canPoll = process.platform === 'linux' && existsSync('/proc/self/net/tcp')

let runs = 0

/** Starts Node on a script. `folder` takes what the watchers write; `unhooked` leaves the inside unwatched. */
export function watched(
  argv: readonly string[],
  { folder, env = {}, unhooked = false }: { folder: string; env?: Record<string, string>; unhooked?: boolean },
): Watched {
  const base = join(folder, `watch-${++runs}`)
  const [inside, calls] = [`${base}.inside`, `${base}.calls`]
  const node = [process.execPath, '--disable-warning=ExperimentalWarning', ...argv]
  // As a grandchild (-D), so that the process started here is the program and signals reach it.
  const tracer = ['strace', '-D', '-f', '--seccomp-bpf', '-e', 'trace=connect,sendto,sendmsg,sendmmsg', '-o', calls]
  const [command = '', ...args] = canTrace ? [...tracer, ...node] : node
  // `--require` and not `--import`, which worker threads pass over.
  const hooked = { NODE_OPTIONS: `--require="${preload}"`, FDP_TEST_OUTBOUND: inside }
  const child = spawn(command, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...env, ...(unhooked ? {} : hooked) },
  })
  return { child, seen: watch(child, inside, calls) }
}

async function watch(child: ReturnType<typeof spawn>, inside: string, calls: string): Promise<Seen> {
  await writeFile(inside, '', { flag: 'a' })
  const peers = new Set<string>()
  let isOver = false
  const ended = new Promise<void>((done) => child.once('close', () => done(void (isOver = true))))
  while (!isOver) {
    if (canPoll) for (const peer of openPeers(child.pid ?? 0)) peers.add(peer)
    await Promise.race([ended, wait(lookEveryMs)])
  }
  return {
    inside: (await readFile(inside, 'utf8')).split('\n').flatMap((line) => (line ? [JSON.parse(line) as Attempt] : [])),
    calls: canTrace ? addressesOf(await tracedCalls(calls, child.pid ?? 0)) : null,
    peers: canPoll ? [...peers] : null,
  }
}

/** The tracer ends after what it traced. */
async function tracedCalls(path: string, pid: number): Promise<string> {
  for (let waited = 0; waited < tracerEndsMs; waited += lookEveryMs) {
    const text = await readFile(path, 'utf8').catch(() => '')
    if (new RegExp(`^${pid} +\\+\\+\\+ `, 'm').test(text)) return text
    await wait(lookEveryMs)
  }
  throw new Error('the tracer did not see the program end')
}

function addressesOf(calls: string): string[] {
  const found = calls.matchAll(/sa_family=AF_UNIX|inet_addr\("([^"]+)"\)|inet_pton\(AF_INET6, "([^"]+)"/g)
  return [...found].map(([, four, six]) => four ?? six ?? 'unix:')
}

/** Whether an address or a name stays on this machine. */
export function isLocal(to: string): boolean {
  return (
    to.startsWith('unix:') ||
    to === 'localhost' ||
    /^(::ffff:)?127\.\d+\.\d+\.\d+$/.test(to) ||
    to === '::1' ||
    to === '[::1]'
  )
}

/** Addresses at the far end of every internet socket of a process and of all it started. */
export function openPeers(root: number): string[] {
  const pids = treeOf(root)
  const inodes = new Set(pids.flatMap(socketsOf))
  return ['tcp', 'tcp6', 'udp', 'udp6'].flatMap((table) =>
    linesOf(`/proc/${root}/net/${table}`).flatMap((line) => {
      const fields = line.trim().split(/\s+/)
      const peer = addressOf(fields[2] ?? '')
      return inodes.has(fields[9] ?? '') && peer !== null ? [peer] : []
    }),
  )
}

function treeOf(pid: number): number[] {
  const children = namesIn(`/proc/${pid}/task`).flatMap((task) =>
    linesOf(`/proc/${pid}/task/${task}/children`).flatMap((line) => line.split(' ').filter(Boolean).map(Number)),
  )
  return [pid, ...children.flatMap(treeOf)]
}

function socketsOf(pid: number): string[] {
  return namesIn(`/proc/${pid}/fd`).flatMap((fd) => {
    try {
      const match = /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${fd}`))
      return match?.[1] ? [match[1]] : []
    } catch {
      return []
    }
  })
}

/** `0100007F:1F90` is 127.0.0.1: words of four bytes, the lowest first. Null for a socket without a far end. */
export function addressOf(hex: string): string | null {
  const words = hex.split(':')[0]?.match(/.{8}/g) ?? []
  const bytes = words.flatMap((word) => (word.match(/../g) ?? []).reverse().map((byte) => Number.parseInt(byte, 16)))
  if (bytes.every((byte) => byte === 0)) return null
  if (bytes.length === 4) return bytes.join('.')
  const isMapped = bytes.slice(0, 10).every((byte) => byte === 0) && bytes[10] === 255
  if (isMapped) return bytes.slice(12).join('.')
  if (bytes.slice(0, 15).every((byte) => byte === 0) && bytes[15] === 1) return '::1'
  return bytes.map((byte, i) => (i > 0 && i % 2 === 0 ? ':' : '') + byte.toString(16).padStart(2, '0')).join('')
}

function linesOf(path: string): string[] {
  try {
    return readFileSync(path, 'utf8').split('\n')
  } catch {
    return []
  }
}

function namesIn(path: string): string[] {
  try {
    return readdirSync(path)
  } catch {
    return []
  }
}

export const mainScript = fileURLToPath(new URL('../src/main.ts', import.meta.url))
