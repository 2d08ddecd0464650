import { type Static, Type } from '@sinclair/typebox'
import { Value } from '@sinclair/typebox/value'
import { type ColumnOrigins, type Origin, objectType, objectTypes, type Property } from '#contracts'
import { isReadField } from '#hl7v2'
import { type FormatSpec, isFdpError, type JsonObject, readFormat } from '#kernel'
import { messageErrors } from './errors.ts'

/** Of what there is one row each. */
export const kindsOfThing = ['patient', 'visit', 'appointment', 'referral', 'result'] as const
export type KindOfThing = (typeof kindsOfThing)[number]

const closed = { additionalProperties: false }
const columnNames = Type.String({ maxLength: 200 })

/** Where a value comes from; with `codes`, what it becomes: a code that is not among them is left out. */
const ColumnSchema = Type.Union([
  Type.Object(
    { from: columnNames, codes: Type.Optional(Type.Record(Type.String(), Type.String({ maxLength: 200 }))) },
    closed,
  ),
  Type.Object({ always: Type.String({ maxLength: 200 }) }, closed),
])

const MapSchema = Type.Object(
  {
    format: Type.Literal('openfdp/message-map'),
    version: Type.Literal(1),
    object: Type.String({ maxLength: 100 }),
    of: Type.Union(kindsOfThing.map((kind) => Type.Literal(kind))),
    /** A row is made where each of these is one of those values. */
    where: Type.Optional(Type.Record(Type.String(), Type.Array(Type.String({ maxLength: 200 }), { minItems: 1 }))),
    columns: Type.Record(Type.String(), ColumnSchema),
  },
  closed,
)

export interface MapColumn {
  readonly property: Property
  readonly column: Static<typeof ColumnSchema>
}

/** How the state of patients, visits and the like becomes rows of an object type. */
export interface MessageMap {
  readonly name: string
  readonly object: string
  readonly of: KindOfThing
  readonly where: Readonly<Record<string, readonly string[]>>
  readonly columns: readonly MapColumn[]
}

const mapFormat: FormatSpec<JsonObject> = {
  format: 'openfdp/message-map',
  version: 1,
  migrations: {},
  check: (document) => document,
}

/** FDP_MESSAGES_MAP with the place, and never more of a text; FDP_FORMAT_NEWER, FDP_FORMAT_UNKNOWN. */
export function parseMap(name: string, text: string): MessageMap {
  const wrong = (where: string, what: string) => messageErrors('FDP_MESSAGES_MAP', { map: name, where, what })
  const document = readFormat(
    mapFormat,
    parsed(text, () => wrong('the top', 'no JSON object')),
  )
  const [first] = Value.Errors(MapSchema, document)
  if (first) {
    throw wrong(first.path.slice(1) || 'the top', first.message.charAt(0).toLowerCase() + first.message.slice(1))
  }
  const { object, of, where = {}, columns } = document as unknown as Static<typeof MapSchema>
  if (!objectTypes().some((type) => type.name === object)) throw wrong('object', 'not an object type')
  for (const path of Object.keys(where))
    if (!isPath(of, path)) throw wrong('where', 'nothing that is read has that name')
  const { properties, primaryKey } = objectType(object)
  if (!columns[primaryKey]) throw wrong('columns', 'nothing for the primary key')
  const found = Object.entries(columns).map(([column, each], i): MapColumn => {
    const place = `columns/${i + 1}`
    const property = properties.find((one) => one.name === column)
    if (!property) throw wrong(place, 'no property of the object type has that name')
    if ('from' in each && !isPath(of, each.from)) throw wrong(place, 'nothing that is read has the name in `from`')
    if ('from' in each && each.from.endsWith('.text') && !['text', 'direct'].includes(property.sensitivity)) {
      throw wrong(place, 'free text may name anybody, and goes only into free text and direct identifiers')
    }
    return { property, column: each }
  })
  return { name, object, of, where, columns: found }
}

/** Which field of the messages each property comes from; never a code of the map. */
export function mapOrigins({ columns, where }: MessageMap): ColumnOrigins {
  const properties = columns.map(({ property, column }): [string, Origin] => {
    if ('always' in column) return [property.name, { from: [], steps: ['constant'] }]
    return [property.name, { from: [column.from], steps: column.codes === undefined ? [] : ['translate'] }]
  })
  return { properties: Object.fromEntries(properties), rows: Object.keys(where) }
}

function parsed(text: string, wrong: () => Error): JsonObject {
  try {
    const document: unknown = JSON.parse(text)
    if (typeof document === 'object' && document !== null && !Array.isArray(document)) return document as JsonObject
  } catch (error) {
    if (isFdpError(error)) throw error
  }
  throw wrong()
}

const own: Readonly<Record<KindOfThing, readonly string[]>> = {
  patient: ['number', 'nhsNumber'],
  visit: ['number', 'patient', 'status', 'admitted', 'discharged'],
  appointment: ['number', 'patient', 'status', 'booked', 'cancelled', 'start', 'end', 'minutes', 'notes.text'],
  referral: ['number', 'patient', 'status', 'cancelled', 'referrer', 'notes.text'],
  result: ['number', 'patient', 'order', 'figure', 'kind', 'observed', 'report.text'],
}
const segments: Readonly<Record<KindOfThing, readonly string[]>> = {
  patient: ['PID', 'PD1'],
  visit: ['PV1', 'PV2'],
  appointment: ['SCH', 'TQ1', 'AIS', 'AIG', 'AIL', 'AIP', 'PV1'],
  referral: ['RF1', 'PV1'],
  result: ['ORC', 'OBR', 'OBX'],
}

/** `number`, `PID.names.family`, `PV1.location.bed`. */
function isPath(of: MessageMap['of'], path: string): boolean {
  const [segment = '', field = '', part, ...rest] = path.split('.')
  if (own[of].includes(path)) return true
  if (rest.length > 0 || !segments[of].includes(segment) || !isReadField(segment, field)) return false
  return part === undefined || parts.has(part)
}

/** What may stand behind a field that has parts. */
const parts = new Set(
  `family given middle prefix suffix line1 line2 town county postcode country
  pointOfCare room bed facility building floor id text`.split(/\s+/),
)
