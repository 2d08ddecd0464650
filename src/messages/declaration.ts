import { isAbsolute } from 'node:path'
import { type Static, Type } from '@sinclair/typebox'
import { asDeclared, readYaml, type Wrong } from '#declared'
import type { Identifier } from '#hl7v2'
import { limits, type OdsCode, type PurposeId, parseSubjectId, type SubjectId } from '#kernel'
import { messageErrors } from './errors.ts'
import { type MessageMap, parseMap } from './message-map.ts'

const closed = { additionalProperties: false }
const path = (description: string) => Type.Optional(Type.String({ maxLength: 1_000, description }))

/** One message dock; `docs/reference/message-docks.md` is drawn from these descriptions. */
export const MessageDockSchema = Type.Object(
  {
    host: Type.String({ maxLength: 200, default: '127.0.0.1', description: 'The address to listen on.' }),
    port: Type.Integer({ minimum: 0, maximum: 65_535, description: 'The port to listen on; 0 is any that is free.' }),
    tlsKey: path('PEM file of the private key. With `tlsCert` links are encrypted.'),
    tlsCert: path('PEM file of the certificate.'),
    tlsCa: path('PEM file of who vouches for senders; with it each has to show a certificate.'),
    clear: Type.Boolean({
      default: false,
      description: 'Takes messages of other machines without TLS: for a network that encrypts by itself.',
    }),
    senders: Type.Array(Type.String({ maxLength: 400, pattern: '^[^|]*\\|[^|]*$' }), {
      ...{ minItems: 1, maxItems: 100 },
      description:
        'Who is accepted: first component of MSH-3 and of MSH-4 with a vertical bar between them. All others are refused.',
    }),
    controller: Type.String({
      pattern: '^[A-Z0-9]{3,6}$',
      description: 'ODS code of the organisation whose data it is.',
    }),
    by: Type.String({
      maxLength: 200,
      description: 'The person or service as whom rows are submitted; they need a grant for each object type.',
    }),
    purpose: Type.String({ maxLength: 100, description: 'The purpose of that grant.' }),
    zone: Type.String({
      ...{ default: 'Europe/London', pattern: '^(Europe/London|[+-](0[0-9]|1[0-4]):[0-5][0-9])$' },
      description:
        'The clock of times that say no zone: `Europe/London`, or an offset such as `+00:00` that the sender keeps all year.',
    }),
    numberType: Type.String({
      ...{ default: 'MR', maxLength: 20 },
      description: 'Which number of PID-3 names a patient here: its type (table 0203).',
    }),
    numberAuthority: Type.Optional(
      Type.String({
        maxLength: 200,
        description: 'And who gave it: name or universal id of its authority. Without it any authority counts.',
      }),
    ),
    maps: Type.Array(Type.String({ maxLength: 100, pattern: '^[A-Za-z0-9][A-Za-z0-9_-]*(\\.json)?$' }), {
      ...{ default: ['Patient', 'Admission'], minItems: 1, maxItems: 10 },
      description:
        'Which rows are made, in this order: a map of `mappings/hl7v2` by its name, or a file `….json` beside this one.',
    }),
    replaces: Type.Boolean({
      default: false,
      description: 'Whether rows that came from elsewhere are replaced when the first ones are submitted.',
    }),
    everyMinutes: Type.Integer({
      ...{ minimum: 1, maximum: 1_440, default: 15 },
      description: 'How often rows are made of what landed since.',
    }),
    messageBytesMax: Type.Integer({
      ...{ minimum: 1_000, maximum: limits.hl7MessageBytesMax, default: 1_048_576 },
      description: 'The largest message that is taken.',
    }),
    connectionsMax: Type.Integer({
      ...{ minimum: 1, maximum: 1_000, default: 16 },
      description: 'How many senders may be connected at once.',
    }),
  },
  closed,
)

export interface MessageDock extends Omit<Static<typeof MessageDockSchema>, 'by' | 'purpose' | 'controller' | 'maps'> {
  readonly id: string
  readonly by: SubjectId
  readonly purpose: PurposeId
  readonly controller: OdsCode
  readonly maps: readonly MessageMap[]
}

/**
 * Reads the declaration of the message dock `id`; `mapText` gives the text of a map by its name. FDP_MESSAGES_DECLARATION with
 * the place, and never more of a text; FDP_MESSAGES_MAP.
 */
export function parseMessageDock(id: string, text: string, mapText: (name: string) => string): MessageDock {
  const wrong: Wrong = (where, what) => messageErrors('FDP_MESSAGES_DECLARATION', { dock: id, where, what })
  const { maps, ...dock } = asDeclared(MessageDockSchema, readYaml(text, wrong), wrong)
  checkLink(dock, wrong)
  const texts = maps.map((name) =>
    readable(
      () => ({ name, text: mapText(name) }),
      () => wrong('maps', 'no map to be read'),
    ),
  )
  return {
    ...{ ...dock, id, purpose: dock.purpose as PurposeId, controller: dock.controller as OdsCode },
    by: readable(
      () => parseSubjectId(dock.by),
      () => wrong('by', 'not the id of a person or service'),
    ),
    maps: texts.map((map) => parseMap(map.name, map.text)),
  }
}

function checkLink(dock: Omit<Static<typeof MessageDockSchema>, 'maps'>, wrong: Wrong): void {
  for (const name of ['tlsKey', 'tlsCert', 'tlsCa'] as const) {
    if (dock[name] !== undefined && !isAbsolute(dock[name])) throw wrong(name, 'not an absolute path')
  }
  if ((dock.tlsKey === undefined) !== (dock.tlsCert === undefined)) throw wrong('tlsCert', 'not together with `tlsKey`')
  if (dock.tlsCa !== undefined && dock.tlsCert === undefined) throw wrong('tlsCa', 'without `tlsCert`')
  const isHere = ['127.0.0.1', '::1', 'localhost'].includes(dock.host)
  if (!isHere && dock.tlsKey === undefined && !dock.clear) {
    throw wrong('tlsKey', 'other machines would send in clear; say `clear: true` where the network encrypts')
  }
}

function readable<T>(read: () => T, wrong: () => Error): T {
  try {
    return read()
  } catch {
    throw wrong()
  }
}

/** Whether a number is the one by which a patient is known here. */
export function namesPatient({
  numberType,
  numberAuthority,
}: Pick<MessageDock, 'numberType' | 'numberAuthority'>): (id: Identifier) => boolean {
  return ({ scheme, type, authority: { namespace, universalId } }) =>
    scheme !== 'nhs-number' &&
    type === numberType &&
    (numberAuthority === undefined || namespace === numberAuthority || universalId === numberAuthority)
}

/** The zone that the parser takes: null is Europe/London. */
export function zoneOf({ zone }: Pick<MessageDock, 'zone'>): string | null {
  return zone === 'Europe/London' ? null : zone
}
