import websocket from '@fastify/websocket'
import type { FastifyInstance } from 'fastify'
import { faultOf, type Log } from '#node'
import { acceptedProtocol } from './socket-bearer.ts'

const goingAwayMs = 1_000

/**
 * Websockets as routes of the same table, after the same hooks as any request. Messages are not compressed: lengths of
 * compressed messages tell what is in them. `messageBytesMax` beyond which a message closes its connection.
 */
export async function addSockets(app: FastifyInstance, log: Log, messageBytesMax: number): Promise<void> {
  await app.register(websocket, {
    options: {
      ...{ maxPayload: messageBytesMax, perMessageDeflate: false },
      handleProtocols: (offered) => acceptedProtocol(offered),
    },
    errorHandler: (error, socket, request) => {
      // What a peer sends wrongly is its own affair; anything else is ours.
      if (!('code' in error) || !String(error.code).startsWith('WS_ERR_')) {
        const { kind, at } = faultOf(error)
        log.error({ 'error.type': kind, 'code.stacktrace': at.join('\n'), 'request.id': request.id }, 'fault')
      }
      socket.terminate()
    },
    preClose: async () => {
      const { clients } = app.websocketServer
      for (const client of clients) client.close(1001)
      const late = setTimeout(() => {
        for (const client of clients) client.terminate()
      }, goingAwayMs)
      await new Promise<void>((resolve) => app.websocketServer.close(() => resolve()))
      clearTimeout(late)
    },
  })
}
