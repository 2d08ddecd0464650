import { hl7Language, type Message, parseMessage, sayingOf, valueAt } from '#hl7v2'
import { type Clock, type FdpError, isFdpError, type Random } from '#kernel'
import type { LinkEvent, LinkTls, ListenOptions } from '#ports'
import { type MessageDock, zoneOf } from './declaration.ts'
import { messageErrors } from './errors.ts'
import type { Landed } from './landed.ts'

const hourMs = 3_600_000

/** How the listener of a message dock takes messages in. */
export function listenOptions(
  dock: MessageDock,
  landed: Landed,
  tls: LinkTls | null,
  { clock, random }: { readonly clock: Clock; readonly random: Random },
): ListenOptions {
  const zone = zoneOf(dock)
  const check = (message: Message) => {
    checkSender(dock, message)
    sayingOf(message, zone)
  }
  const language = hl7Language({ clock, random, check })
  const { host, port, messageBytesMax, connectionsMax } = dock
  return {
    ...{ host, port, tls, messageBytesMax, connectionsMax },
    language: {
      ...language,
      refusal: (bytes) => {
        const refused = language.refusal(bytes)
        if (refused) landed.refuse(eventOf(bytes), refused.code, placeOf(refused))
        return refused
      },
    },
    store: (bytes) => landed.store(bytes, eventOf(bytes), zone),
    told: (event) => noteLink(event, landed),
    ...{ idleMsMax: hourMs, messageMsMax: 60_000, storeMsMax: 30_000 },
  }
}

/** FDP_MESSAGES_SENDER. */
function checkSender({ senders }: MessageDock, { segments: [header] }: Message): void {
  const [application, facility] = [3, 4].map((field) => valueAt(header!, field)?.trimEnd() ?? '')
  if (senders.includes(`${application}|${facility}`)) return
  throw messageErrors('FDP_MESSAGES_SENDER', { place: 'segment 1 (MSH), field 3' })
}

/** What a link refuses by itself: frames, sizes, what could not be stored. */
function noteLink(event: LinkEvent, landed: Landed): void {
  if (event.kind === 'refused' && event.code.startsWith('FDP_MLLP_')) landed.refuse('unreadable', event.code, '')
}

/** `ADT^A01`, if it looks like one: in a message that is refused, anything may stand there. */
function eventOf(bytes: Uint8Array): string {
  try {
    const { type, trigger } = parseMessage(bytes)
    const event = trigger === undefined ? type : `${type}^${trigger}`
    return /^[A-Z]{3}(\^[A-Z]\d\d)?$/.test(event) ? event : 'other'
  } catch (error) {
    if (isFdpError(error)) return 'unreadable'
    throw error
  }
}

function placeOf({ params }: FdpError): string {
  return typeof params.place === 'string' ? params.place : ''
}
