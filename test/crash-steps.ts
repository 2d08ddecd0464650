import fs from 'node:fs/promises'
import { syncBuiltinESMExports } from 'node:module'
import { dirname } from 'node:path'

/** One change to the disk: what, and on which path (for `rename`, the target; `from` is the source). */
export interface Step {
  readonly what: string
  readonly path: string
  readonly from?: string
}

/** What every change to the disk throws once the process counts as dead. */
export class Crashed extends Error {}

type Call = (...args: unknown[]) => Promise<unknown>

const pathCalls = ['mkdir', 'mkdtemp', 'rename', 'unlink', 'rm', 'chmod'] as const
const handleCalls = ['write', 'writeFile', 'sync', 'datasync', 'truncate'] as const

let alive = true
let areWritesShort = false
let stepsLeft = Number.POSITIVE_INFINITY
let steps: Step[] = []
const opened = new WeakMap<object, string>()

/**
 * Runs `work` and lets the process die, as far as the disk is concerned, at its step number `at` (from 0): that step
 * fails, a write having written half, and so does every later one, clean-up included. Tells whether it came to that.
 * One run at a time in a process. A folder's flush counts as a step like any other.
 */
export async function crashAtStep(at: number, work: () => Promise<void>): Promise<boolean> {
  alive = true
  stepsLeft = at
  steps = []
  try {
    await work()
    if (!alive) throw new Error('the work went on as if it had not crashed')
    return false
  } catch (error) {
    if (alive) throw error
    return true
  } finally {
    alive = true
    stepsLeft = Number.POSITIVE_INFINITY
  }
}

/** Runs `work` to its end and gives every change that it made to the disk, in order. */
export async function traceSteps(work: () => Promise<void>): Promise<readonly Step[]> {
  await crashAtStep(Number.POSITIVE_INFINITY, work)
  return steps
}

/** Runs `work` on a disk that takes one byte less of each `write` than it is given, without an error. */
export async function withShortWrites(work: () => Promise<void>): Promise<void> {
  areWritesShort = true
  try {
    await work()
  } finally {
    areWritesShort = false
  }
}

/** Renames whose file was not flushed since its last write, or whose folder was not flushed afterwards. */
export function unsafeRenames(trace: readonly Step[]): Step[] {
  return trace.filter((step, i) => {
    if (step.what !== 'rename') return false
    const touched = trace.slice(0, i).filter((earlier) => earlier.path === step.from)
    const lastWrite = touched.findLastIndex((earlier) => ['open', 'write', 'writeFile'].includes(earlier.what))
    const lastFlush = touched.findLastIndex((earlier) => earlier.what === 'sync')
    const folder = dirname(step.path)
    const isFolderFlushed = trace.slice(i).some((later) => later.what === 'sync' && later.path === folder)
    return lastFlush <= lastWrite || !isFolderFlushed
  })
}

function takeStep(step: Step): void {
  if (alive && stepsLeft > 0) {
    stepsLeft--
    steps.push(step)
    return
  }
  const isFirst = alive
  alive = false
  throw Object.assign(new Crashed(step.what), { isFirst })
}

function wrapPathCall(name: (typeof pathCalls)[number]): void {
  const original = fs[name] as Call
  const wrapped: Call = async (...args) => {
    takeStep(
      name === 'rename'
        ? { what: name, path: String(args[1]), from: String(args[0]) }
        : { what: name, path: String(args[0]) },
    )
    return original(...args)
  }
  Object.assign(fs, { [name]: wrapped })
}

function wrapHandle(prototype: Record<string, Call>): void {
  for (const name of handleCalls) {
    const original = prototype[name]!
    prototype[name] = async function wrapped(this: object, ...args: unknown[]) {
      try {
        takeStep({ what: name, path: opened.get(this) ?? '' })
      } catch (error) {
        const bytes = args[0]
        if ((error as { isFirst?: boolean }).isFirst && bytes instanceof Uint8Array) {
          const half = bytes.subarray(0, bytes.length >> 1)
          await prototypeWrite.call(this, half, 0, half.length, name === 'write' ? args[3] : null)
        }
        throw error
      }
      if (areWritesShort && name === 'write') args[2] = Number(args[2]) - 1
      return original.call(this, ...args)
    }
  }
}

const probe = await fs.open(process.execPath, 'r')
const prototype = Object.getPrototypeOf(probe) as Record<string, Call>
await probe.close()
const prototypeWrite = prototype.write!
const originalOpen = fs.open as Call
Object.assign(fs, {
  open: async (...args: unknown[]) => {
    if (args[1] !== 'r' && args[1] !== 'r+') takeStep({ what: 'open', path: String(args[0]) })
    else if (!alive) throw new Crashed('open')
    const handle = (await originalOpen(...args)) as object
    opened.set(handle, String(args[0]))
    return handle
  },
})
for (const name of pathCalls) wrapPathCall(name)
wrapHandle(prototype)
syncBuiltinESMExports()
