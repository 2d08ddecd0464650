import { createServer, type Server, type Socket } from 'node:net'
import { createServer as createTlsServer } from 'node:tls'
import type { ListenForMessages, ListenOptions, MessageListener } from '#ports'
import { Connection } from './connection.ts'
import { mllpErrors } from './errors.ts'

/** See the port. FDP_MLLP_LISTEN. */
export const listenForMessages: ListenForMessages = async (options) => {
  const open = new Set<Connection>()
  const server = serverOf(options, (socket) => {
    const connection = new Connection(socket, options)
    open.add(connection)
    connection.done.finally(() => open.delete(connection))
  })
  server.maxConnections = options.connectionsMax
  await listening(server, options)
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : options.port
  return listener(port, server, open)
}

function listener(port: number, server: Server, open: ReadonlySet<Connection>): MessageListener {
  const close = async () => {
    const closed = new Promise<void>((resolve) => server.close(() => resolve()))
    for (const connection of open) connection.close()
    await Promise.all([...open].map(({ done }) => done))
    await closed
  }
  return { port, close, [Symbol.asyncDispose]: close }
}

/** Half open: a sender that has said all may still hear the answer. */
function serverOf({ tls, messageMsMax, told }: ListenOptions, serve: (socket: Socket) => void): Server {
  if (tls === null) return createServer({ allowHalfOpen: true, noDelay: true }, serve)
  const { key, cert, ca } = tls
  const client = ca === undefined ? {} : { ca, requestCert: true, rejectUnauthorized: true }
  const common = { key, cert, minVersion: 'TLSv1.2', handshakeTimeout: messageMsMax } as const
  const server = tlsServer(() => createTlsServer({ ...common, ...client, allowHalfOpen: true, noDelay: true }, serve))
  server.on('tlsClientError', (_error: Error, socket: Socket) => {
    told?.({ kind: 'no-handshake' })
    socket.destroy()
  })
  return server
}

/** A key that is none is told like a port that is none, without the driver's words. */
function tlsServer(make: () => Server): Server {
  try {
    return make()
  } catch {
    throw mllpErrors('FDP_MLLP_LISTEN', { port: 'any' })
  }
}

async function listening(server: Server, { host, port }: ListenOptions): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', () => reject(mllpErrors('FDP_MLLP_LISTEN', { port })))
    server.listen({ host, port }, resolve)
  })
  server.on('error', () => {})
}
