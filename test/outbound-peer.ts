import { once } from 'node:events'
import { mkdir, writeFile } from 'node:fs/promises'
import { createServer, type Socket } from 'node:net'
import { join } from 'node:path'
import { type ApplyResult, applyAction } from '#actions'
import { listenForMessages } from '#adapters/mllp'
import { hl7Language, parseMessage, segmentsOf, valueAt } from '#hl7v2'
import { type Json, type JsonObject, systemClock, systemRandom } from '#kernel'
import { outboundQueue } from '#outbound'
import type { MessageListener } from '#ports'
import { shippedProducts } from '#products'
import { validation, validator, type World } from './world.ts'

/*
 * A system that messages are sent to, and a tenant that sends them: our own listener, or one that answers as it is told.
 */

const [start, end] = ['\u000b', '\u001c\r']

export interface Peer extends AsyncDisposable {
  readonly port: number
  /** Every message that came, repeats too. */
  readonly came: string[]
}

/** Our own listener. */
export async function goodPeer(port = 0): Promise<Peer> {
  const came: string[] = []
  const listener: MessageListener = await listenForMessages({
    ...{ host: '127.0.0.1', port, tls: null, messageBytesMax: 100_000, connectionsMax: 4 },
    ...{ idleMsMax: 60_000, messageMsMax: 10_000, storeMsMax: 10_000 },
    language: hl7Language({ clock: systemClock, random: systemRandom }),
    store: async (bytes) => void came.push(Buffer.from(bytes).toString('utf8')),
  })
  return { port: listener.port, came, [Symbol.asyncDispose]: () => listener.close() }
}

/** What a peer does with a message: answers it with a code, as a message with another number, hangs up, or says nothing. */
export type Manner = 'AA' | 'AE' | 'AR' | 'other' | 'hang-up' | 'silence'

export async function rawPeer(manner: (message: string, nth: number) => Manner): Promise<Peer> {
  const came: string[] = []
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    let heard = ''
    socket.on('error', () => {})
    socket.on('data', (chunk) => {
      heard += chunk.toString('utf8')
      for (let at = heard.indexOf(end); at >= 0; at = heard.indexOf(end)) {
        const message = heard.slice(1, at)
        heard = heard.slice(at + end.length)
        came.push(message)
        const how = manner(message, came.length)
        if (how === 'hang-up') socket.destroy()
        else if (how !== 'silence') socket.write(answer(message, how))
      }
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  return {
    ...{ port, came },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}

function answer(message: string, how: Manner): string {
  const id = how === 'other' ? 'ANOTHER' : controlId(message)
  return `${start}MSH|^~\\&|PAS|RZ1|OPENFDP|RZ1|20260131||ACK|A${id}|P|2.4\rMSA|${how === 'other' ? 'AA' : how}|${id}\r${end}`
}

const controlId = (message: string): string => parseMessage(Buffer.from(message)).controlId

/** Which message it is, from its number. */
export const idOf = (message: string): string => controlId(message).split('-')[0]!

/** One value of a message, by segment and HL7's numbers. */
export function saidIn(message: string, segment: string, field: number, component = 1, repetition = 1) {
  const [found] = segmentsOf(parseMessage(Buffer.from(message)), segment)
  return found && valueAt(found, field, { component, repetition })
}

/** What a validator asks for in a pathway, as a message of the test's own. */
export const changeMap = `format: openfdp/outbound-map
version: 1
object: ChangeLogRequest
structure: ADT_A01
segments:
  - segment: EVN
    fields: { "1": { always: A08 }, "2": { from: action.at } }
  - segment: PID
    fields:
      "3.1": { from: patient.mrn, required: true }
      "3.5": { always: MR }
      "3(2).1": { from: patient.nhsNumber }
      "3(2).4": { always: NHS }
      "5.1": { from: patient.surname }
      "7": { from: patient.dateOfBirth }
  - segment: OBX
    fields:
      "3.1": { from: propertyToModify }
      "5": { from: newValue }
      "14": { from: timestamp }
  - segment: NTE
    fields: { "3": { from: description } }
`

export interface RouteText {
  readonly port: number
  readonly by?: string
  readonly more?: string
}

export function routeText({ port, by = validator, more = '' }: RouteText): string {
  return [
    ...['host: 127.0.0.1', `port: ${port}`, 'to: PAS|RZ1', 'from: OPENFDP|RZ1', `by: ${by}`, `purpose: ${validation}`],
    'messages: [{ action: request-pathway-change, event: ADT^A08, takenBack: ADT^A11, map: maps/change },',
    '  { action: validate-change, event: ADT^A08, map: maps/change }]',
    ...['answerSeconds: 1', 'retrySecondsMax: 5', more, ''],
  ].join('\n')
}

/** Declares the queue `pas` of the first trust. */
export async function declare(world: World, route: RouteText, map = changeMap): Promise<void> {
  const place = join(world.tenant().folder, 'outbound')
  await mkdir(join(place, 'maps'), { recursive: true })
  await writeFile(join(place, 'maps', 'change.yaml'), map)
  await writeFile(join(place, 'pas.yaml'), routeText(route))
}

/** Asks for a change of the nth patient's pathway; returns the entry of the action. */
export async function askForChange(world: World, n: number, newValue: string, more: object = {}): Promise<number> {
  const pathway = world.rows().PatientPathway[n]!.pathwayId!
  return (
    await apply(world, 'request-pathway-change', { pathway, propertyToModify: 'pathwayStatus', newValue, ...more })
  ).entry
}

export async function apply(
  world: World,
  name: string,
  parameters: Readonly<Record<string, Json>>,
): Promise<NonNullable<ApplyResult['applied']>> {
  const action = shippedProducts().flatMap(({ actions }) => actions[name] ?? [])[0]!
  await using session = await world.session(validator, validation)
  const { applied } = await applyAction(session, action, [parameters as JsonObject], { at: world.now() })
  return applied!
}

export const queueOf = (world: World) => outboundQueue(world.tenant().ledger, 'pas')
