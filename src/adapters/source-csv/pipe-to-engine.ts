import { once } from 'node:events'
import type { Socket } from 'node:net'
import type { Sql } from '#kernel'
import type { Engine } from '#ports'
import { makeNamedPipe } from './named-pipe.ts'

/**
 * Runs a statement that reads a named pipe while the pieces go into it. Whichever side fails first ends the other:
 * - the pieces throw: the statement is interrupted, its reader gets an end of file, and the pieces' error is thrown;
 * - the statement fails or stops reading: no further piece is asked for, and the engine's error is thrown.
 */
export async function pipeToEngine(
  engine: Engine,
  pieces: AsyncGenerator<Buffer>,
  statement: (path: string) => Sql,
): Promise<void> {
  await using pipe = await makeNamedPipe()
  const abort = new AbortController()
  let readerGone = false
  const reading = engine.execute(statement(pipe.path), { signal: abort.signal }).finally(() => {
    readerGone = true
  })
  // Looked at below; a failure before that must not count as unhandled.
  reading.catch(() => {})
  let socket: Socket | null = null
  const writing = pipe
    .connect(() => readerGone)
    .then((connected) => {
      socket = connected
      return connected ? send(connected, pieces) : undefined
    })
  writing.catch(() => {})
  try {
    // Not one after the other: once the reader has failed, the source may never give its next piece.
    await Promise.race([writing, reading])
    await reading
    await writing
  } catch (error) {
    abort.abort()
    closeBoth(socket, pieces)
    await reading.catch(() => {})
    throw error
  }
}

/** The reader, if it still waits, comes to its end; the source is told, but not waited for. */
function closeBoth(socket: Socket | null, pieces: AsyncGenerator<Buffer>): void {
  socket?.destroy()
  pieces.return(undefined).catch(() => {})
}

/** Resolves when all pieces are in the pipe, or when the reader has gone: then its own result says why. */
async function send(socket: Socket, pieces: AsyncGenerator<Buffer>): Promise<void> {
  const closed = once(socket, 'close')
  let gone = false
  socket.on('error', () => {
    gone = true
  })
  socket.on('close', () => {
    gone = true
  })
  try {
    for await (const piece of pieces) {
      if (gone) return
      if (!socket.write(piece)) await Promise.race([once(socket, 'drain').catch(() => {}), closed.catch(() => {})])
    }
    if (gone) return
    socket.end()
    await closed.catch(() => {})
  } finally {
    socket.destroy()
  }
}
