import { hl7Errors } from '../errors.ts'
import type { Encoding } from './character-set.ts'
import type { Delimiters } from './delimiters.ts'
import { unescapeValue } from './escapes.ts'
import type { Component, Field, Repetition, Segment, Value } from './message.ts'
import { formatPlace, type Place } from './place.ts'

const nothing: Field = []

/**
 * One segment, without its end. `at` is its position. Values are unescaped after everything is taken apart, so that an
 * escaped delimiter is a character like any other. FDP_HL7_SEGMENT, FDP_HL7_ESCAPE.
 */
export function parseSegment(line: string, at: number, delimiters: Delimiters, encoding: Encoding): Segment {
  const id = line.slice(0, 3)
  const place: Place = { segment: at, id }
  if (!/^[A-Z][A-Z0-9]{2}$/.test(id) || (line.length > 3 && line.charAt(3) !== delimiters.field)) {
    throw hl7Errors('FDP_HL7_SEGMENT', { place: formatPlace({ segment: at }), problem: 'no name of a segment' })
  }
  const [, ...raw] = line.split(delimiters.field)
  const parse = (text: string, field: number) => parseField(text, { ...place, field }, delimiters, encoding)
  // The separator itself is the first field of a header, and what follows are characters, not values.
  if (/^(MSH|FHS|BHS)$/.test(id)) {
    const [characters = '', ...fields] = raw
    const verbatim = [[[[delimiters.field]]], [[[characters]]]]
    return { id, at, fields: [nothing, ...verbatim, ...fields.map((text, i) => parse(text, i + 3))] }
  }
  return { id, at, fields: [nothing, ...raw.map((text, i) => parse(text, i + 1))] }
}

function parseField(raw: string, place: Place, delimiters: Delimiters, encoding: Encoding): Field {
  if (raw === '') return nothing
  return raw.split(delimiters.repetition).map(
    (text, repetition): Repetition =>
      text.split(delimiters.component).map(
        (part, component): Component =>
          subcomponents(part, delimiters).map((value, subcomponent): Value => {
            // Null and empty are told apart before anything is unescaped: two quotes by escape are two quotes.
            if (value === '') return undefined
            if (value === '""') return null
            const unescaped = unescapeValue(value, delimiters, encoding)
            if (typeof unescaped === 'string') return unescaped
            const at = { repetition: repetition + 1, component: component + 1, subcomponent: subcomponent + 1 }
            throw hl7Errors('FDP_HL7_ESCAPE', { place: formatPlace({ ...place, ...at }), problem: unescaped.problem })
          }),
      ),
  )
}

function subcomponents(part: string, { subcomponent }: Delimiters): readonly string[] {
  return subcomponent === null ? [part] : part.split(subcomponent)
}
