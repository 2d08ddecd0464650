import { execFile } from 'node:child_process'
import { close, constants, open } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { promisify } from 'node:util'

const openFile = promisify(open)
const closeFile = promisify(close)
const run = promisify(execFile)

/** Between two attempts to find the reader there. */
const attemptMs = 2

/** A named pipe in a folder of its own (mode 0700), removed with it. What goes through is never stored. */
export interface NamedPipe extends AsyncDisposable {
  readonly path: string
  /**
   * The writing end, once the reader has opened its own; null when `readerGone` says that it never will. Writes go
   * through the event loop, not through the few threads that a waiting reader may hold.
   */
  connect(readerGone: () => boolean): Promise<Socket | null>
}

export async function makeNamedPipe(): Promise<NamedPipe> {
  const folder = await mkdtemp(join(tmpdir(), 'fdp-pipe-'))
  const path = join(folder, 'rows')
  try {
    await run('mkfifo', ['-m', '600', path])
  } catch (error) {
    await rm(folder, { recursive: true, force: true })
    throw error
  }
  return {
    path,
    connect: (readerGone) => connect(path, readerGone),
    async [Symbol.asyncDispose]() {
      // Both ends: whoever opens the pipe until its name is gone waits for nobody, then comes to its end.
      const fd = await openFile(path, constants.O_RDWR | constants.O_NONBLOCK).catch(() => null)
      await rm(folder, { recursive: true, force: true })
      if (fd !== null) await closeFile(fd)
    },
  }
}

async function connect(path: string, readerGone: () => boolean): Promise<Socket | null> {
  while (!readerGone()) {
    try {
      const fd = await openFile(path, constants.O_WRONLY | constants.O_NONBLOCK)
      return new Socket({ fd, readable: false, writable: true })
    } catch (error) {
      // No reader yet.
      if ((error as NodeJS.ErrnoException).code !== 'ENXIO') throw error
    }
    await setTimeout(attemptMs)
  }
  return null
}
