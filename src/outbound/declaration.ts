import { isAbsolute } from 'node:path'
import { type Static, Type } from '@sinclair/typebox'
import { asDeclared, readYaml, type Wrong } from '#declared'
import { canonicalJson, type JsonObject, type PurposeId, parseSubjectId, type SubjectId, sha256Hex } from '#kernel'
import { outboundErrors } from './errors.ts'
import { type OutboundMap, parseOutboundMap } from './outbound-map.ts'

const closed = { additionalProperties: false }
const path = (description: string) => Type.Optional(Type.String({ maxLength: 1_000, description }))
const eventPattern = '^[A-Z]{3}\\^[A-Z]\\d\\d$'

const MessageSchema = Type.Object(
  {
    action: Type.String({ maxLength: 100 }),
    event: Type.String({ pattern: eventPattern }),
    takenBack: Type.Optional(Type.String({ pattern: eventPattern })),
    map: Type.String({ maxLength: 100, pattern: '^(maps/)?[A-Za-z0-9][A-Za-z0-9_-]*$' }),
  },
  closed,
)

/** One queue; `docs/reference/outbound.md` is drawn from these descriptions. */
export const OutboundRouteSchema = Type.Object(
  {
    host: Type.String({ minLength: 1, maxLength: 200, description: 'The address of the system that is sent to.' }),
    port: Type.Integer({ minimum: 1, maximum: 65_535, description: 'Its port.' }),
    tlsCa: path('PEM file of who vouches for it. With it the link is encrypted.'),
    tlsKey: path('PEM file of the private key of this side, where the other asks for one.'),
    tlsCert: path('PEM file of its certificate.'),
    clear: Type.Boolean({
      default: false,
      description: 'Sends to other machines without TLS: for a network that encrypts by itself.',
    }),
    to: Type.String({
      ...{ maxLength: 100, pattern: '^[^|^~\\\\&\\s][^|^~\\\\&]*\\|[^|^~\\\\&]*$' },
      description: 'Receiving application and facility (MSH-5, MSH-6) with a vertical bar between them.',
    }),
    from: Type.String({
      ...{ maxLength: 100, pattern: '^[^|^~\\\\&\\s][^|^~\\\\&]*\\|[^|^~\\\\&]*$' },
      description: 'Sending application and facility (MSH-3, MSH-4), likewise.',
    }),
    processing: Type.Union([Type.Literal('P'), Type.Literal('T'), Type.Literal('D')], {
      default: 'P',
      description: 'Processing id (MSH-11): production, training or debugging.',
    }),
    version: Type.Union([Type.Literal('2.3'), Type.Literal('2.4'), Type.Literal('2.5'), Type.Literal('2.5.1')], {
      default: '2.4',
      description: 'Version of HL7 v2 (MSH-12).',
    }),
    by: Type.String({
      maxLength: 200,
      description: 'The person or service as whom records are read; they need grants at identifiable level.',
    }),
    purpose: Type.String({ maxLength: 100, description: 'The purpose of these grants.' }),
    messages: Type.Array(MessageSchema, {
      ...{ minItems: 1, maxItems: 50 },
      description:
        'Which message for which action: `action` its name, `event` such as `SIU^S12`, `takenBack` the event where the action is withdrawn or undone after it was sent, `map` one of `mappings/hl7v2/outbound` by its name, or `maps/…` for one of yours in the folder `outbound/maps`.',
    }),
    answerSeconds: Type.Integer({
      ...{ minimum: 1, maximum: 300, default: 30 },
      description: 'How long an answer is waited for before the message is sent again.',
    }),
    retrySecondsMax: Type.Integer({
      ...{ minimum: 5, maximum: 3_600, default: 900 },
      description: 'The longest wait between two attempts; the first is 5 seconds, doubled each time.',
    }),
  },
  closed,
)

export interface RouteMessage {
  readonly action: string
  readonly event: string
  readonly takenBack: string | null
  readonly map: OutboundMap
}

export interface OutboundRoute
  extends Omit<Static<typeof OutboundRouteSchema>, 'by' | 'purpose' | 'to' | 'from' | 'messages'> {
  readonly id: string
  readonly by: SubjectId
  readonly purpose: PurposeId
  readonly to: Party
  readonly from: Party
  readonly messages: readonly RouteMessage[]
  /** Of everything that it declares, maps included. */
  readonly sha256: string
}

export interface Party {
  readonly application: string
  readonly facility: string
}

/**
 * Reads the declaration of the queue `id`; `mapText` gives the text of a map by its name. FDP_OUTBOUND_DECLARATION with the
 * place, and never more of a text; FDP_OUTBOUND_MAP.
 */
export function parseOutboundRoute(id: string, text: string, mapText: (name: string) => string): OutboundRoute {
  const wrong: Wrong = (where, what) => outboundErrors('FDP_OUTBOUND_DECLARATION', { queue: id, where, what })
  const said = asDeclared(OutboundRouteSchema, readYaml(text, wrong), wrong)
  const { messages, to, from, ...route } = said
  checkLink(route, wrong)
  const maps = messages.map(({ map }, i) =>
    parseOutboundMap(
      map,
      readable(
        () => mapText(map),
        () => wrong(`messages.${i}.map`, 'no map to be read'),
      ),
    ),
  )
  const actions = messages.map(({ action }) => action)
  if (new Set(actions).size < actions.length) throw wrong('messages', 'an action is named twice; use two queues')
  const document = { ...said, maps: maps.map((map) => map.document) } as unknown as JsonObject
  return {
    ...{ ...route, id, to: partyOf(to), from: partyOf(from), purpose: route.purpose as PurposeId },
    by: readable(
      () => parseSubjectId(route.by),
      () => wrong('by', 'not the id of a person or service'),
    ),
    messages: messages.map(({ action, event, takenBack = null }, i) => ({ action, event, takenBack, map: maps[i]! })),
    sha256: sha256Hex(canonicalJson(document)),
  }
}

type Link = Pick<Static<typeof OutboundRouteSchema>, 'host' | 'tlsCa' | 'tlsKey' | 'tlsCert' | 'clear'>

function checkLink(route: Link, wrong: Wrong): void {
  for (const name of ['tlsCa', 'tlsKey', 'tlsCert'] as const) {
    if (route[name] !== undefined && !isAbsolute(route[name])) throw wrong(name, 'not an absolute path')
  }
  if ((route.tlsKey === undefined) !== (route.tlsCert === undefined))
    throw wrong('tlsCert', 'not together with `tlsKey`')
  if (route.tlsCert !== undefined && route.tlsCa === undefined)
    throw wrong('tlsCa', 'nobody vouches for the other side')
  const isHere = ['127.0.0.1', '::1', 'localhost'].includes(route.host)
  if (!isHere && route.tlsCa === undefined && !route.clear) {
    throw wrong('tlsCa', 'records would leave this machine in clear; say `clear: true` where the network encrypts')
  }
}

function partyOf(text: string): Party {
  const [application = '', facility = ''] = text.split('|')
  return { application, facility }
}

function readable<T>(read: () => T, wrong: () => Error): T {
  try {
    return read()
  } catch {
    throw wrong()
  }
}
