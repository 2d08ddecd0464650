import { type Static, Type } from '@sinclair/typebox'
import { type ObjectType, objectType, objectTypes, type Property } from '#contracts'
import { asDeclared, readYaml, type Wrong } from '#declared'
import { type FormatSpec, type JsonObject, readFormat } from '#kernel'
import { outboundErrors } from './errors.ts'

const closed = { additionalProperties: false }
const fieldPattern = /^([1-9]\d?)(\(([1-9])\))?(\.([1-9]\d?))?(\.([1-9]))?$/
const text = Type.String({ minLength: 1, maxLength: 200 })

/** Where a value comes from. */
const SourceSchema = Type.Union([
  Type.Object(
    {
      from: text,
      /** What values become; one that is not among them is left out. */
      codes: Type.Optional(Type.Record(Type.String(), text)),
      /** Without it the message is not sent. */
      required: Type.Optional(Type.Boolean()),
    },
    closed,
  ),
  Type.Object({ always: text }, closed),
  /** By MSH-9.2: `S12`. */
  Type.Object({ byEvent: Type.Record(Type.String({ pattern: '^[A-Z]\\d\\d$' }), text, closed) }, closed),
])

const MapSchema = Type.Object(
  {
    format: Type.Literal('openfdp/outbound-map'),
    version: Type.Literal(1),
    object: text,
    /** MSH-9.3. */
    structure: Type.String({ pattern: '^[A-Z]{3}_[A-Z]\\d\\d$' }),
    /** A message is sent where each of these is one of those values. */
    where: Type.Optional(Type.Record(Type.String(), Type.Array(text, { minItems: 1, maxItems: 100 }))),
    segments: Type.Array(
      Type.Object(
        {
          segment: Type.String({ pattern: '^[A-Z][A-Z0-9]{2}$' }),
          /** `5.1`, or `3(2).1` for a repetition, or `3.4.2` for a subcomponent. */
          fields: Type.Record(Type.String({ pattern: fieldPattern.source }), SourceSchema, closed),
        },
        closed,
      ),
      { minItems: 1, maxItems: 50 },
    ),
  },
  closed,
)

const outboundMapFormat: FormatSpec<JsonObject> = {
  format: 'openfdp/outbound-map',
  version: 1,
  migrations: {},
  check: (document) => document,
}

/** One property that a message reads. */
export interface MapPath {
  readonly path: string
  /** The object type whose property it is. */
  readonly object: string
  readonly property: Property
}

export type MapSource =
  | {
      readonly kind: 'from'
      readonly path: MapPath
      readonly codes: Readonly<Record<string, string>> | null
      readonly required: boolean
    }
  /** When the action was applied. */
  | { readonly kind: 'at' }
  | { readonly kind: 'always'; readonly text: string }
  | { readonly kind: 'by-event'; readonly texts: Readonly<Record<string, string>> }

/** Numbers of HL7, from 1. */
export interface MapField {
  readonly field: number
  readonly repetition: number
  readonly component: number
  readonly subcomponent: number
  readonly source: MapSource
}

/** How a record becomes the segments of a message behind MSH. */
export interface OutboundMap {
  readonly name: string
  readonly object: string
  readonly structure: string
  readonly where: readonly { readonly path: MapPath; readonly values: readonly string[] }[]
  readonly segments: readonly { readonly id: string; readonly fields: readonly MapField[] }[]
  /** What it says, for hashing. */
  readonly document: JsonObject
}

/** The patient whom the record is about, found by the person and not by a property. */
export const patientPath = 'patient'
const hopsMax = 3

/** FDP_OUTBOUND_MAP with the place, and never more of a text; FDP_FORMAT_NEWER, FDP_FORMAT_UNKNOWN. */
export function parseOutboundMap(name: string, yaml: string): OutboundMap {
  const wrong: Wrong = (where, what) => outboundErrors('FDP_OUTBOUND_MAP', { map: name, where, what })
  const said = readYaml(yaml, wrong)
  if (typeof said !== 'object' || said === null || Array.isArray(said)) throw wrong('the top', 'no list of lines')
  const document = readFormat(outboundMapFormat, said as JsonObject)
  const { object, structure, where = {}, segments } = asDeclared(MapSchema, document, wrong)
  if (!objectTypes().some((type) => type.name === object)) throw wrong('object', 'not an object type')
  const path = (at: string, of: string) => {
    const found = pathOf(object, of)
    if (!found) throw wrong(at, 'no property is reached by that path')
    return found
  }
  return {
    ...{ name, object, structure, document },
    where: Object.entries(where).map(([of, values], i) => ({ path: path(`where.${i + 1}`, of), values })),
    segments: segments.map(({ segment, fields }, i) => {
      if (['MSH', 'FHS', 'BHS'].includes(segment)) throw wrong(`segments.${i}`, 'made by the program itself')
      return {
        id: segment,
        fields: Object.entries(fields).map(([place, said]) => ({
          ...placeOf(place),
          source: sourceOf(said, (of) => path(`segments.${i}.fields.${place}`, of)),
        })),
      }
    }),
  }
}

function placeOf(text: string): Omit<MapField, 'source'> {
  const [, field, , repetition = 1, , component = 1, , subcomponent = 1] = fieldPattern.exec(text)!
  const [at, which, part, within] = [field, repetition, component, subcomponent].map(Number)
  return { field: at!, repetition: which!, component: part!, subcomponent: within! }
}

function sourceOf(said: Static<typeof SourceSchema>, path: (of: string) => MapPath): MapSource {
  if ('always' in said) return { kind: 'always', text: said.always }
  if ('byEvent' in said) return { kind: 'by-event', texts: said.byEvent }
  if (said.from === 'action.at') return { kind: 'at' }
  return { kind: 'from', path: path(said.from), codes: said.codes ?? null, required: said.required ?? false }
}

/** `nhsNumber`, `theatreSessionId.plannedStartTime` (the session that the record names), `patient.surname`. */
function pathOf(object: string, path: string): MapPath | null {
  const names = path.split('.')
  if (names.length > hopsMax) return null
  let type = objectType(object)
  for (const [i, name] of names.entries()) {
    const isLast = i === names.length - 1
    if (i === 0 && name === patientPath && !isLast) {
      if (!type.personLevel) return null
      type = objectType('Patient')
      continue
    }
    const property = propertyOf(type, name)
    if (!property) return null
    if (isLast) return property.type === 'texts' ? null : { path, object: type.name, property }
    if (!property.references) return null
    type = objectType(property.references.object)
  }
  return null
}

export function propertyOf(type: ObjectType, name: string): Property | undefined {
  return type.properties.find((each) => each.name === name)
}
