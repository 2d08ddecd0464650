import { type Delimiters, usualDelimiters } from './delimiters.ts'
import { escapeValue } from './escapes.ts'
import type { Field, Segment, Value } from './message.ts'

/** With the usual delimiters, as text in which each segment ends with CR. The other way of parsing. */
export function formatSegments(segments: readonly Pick<Segment, 'id' | 'fields'>[]): string {
  return segments.map((segment) => `${formatSegment(segment)}\r`).join('')
}

function formatSegment({ id, fields }: Pick<Segment, 'id' | 'fields'>): string {
  const { field, component, repetition, subcomponent } = usual
  if (/^(MSH|FHS|BHS)$/.test(id)) {
    const head = `${id}${field}${component}${repetition}${usual.escape}${subcomponent}`
    return [head, ...fields.slice(3).map(formatField)].join(field)
  }
  return [id, ...fields.slice(1).map(formatField)].join(field)
}

const usual = usualDelimiters as Delimiters & { escape: string; subcomponent: string }

function formatField(field: Field): string {
  return field
    .map((parts) => parts.map((part) => part.map(formatValue).join(usual.subcomponent)).join(usual.component))
    .join(usual.repetition)
}

function formatValue(value: Value): string {
  if (value === undefined) return ''
  return value === null ? '""' : escapeValue(value, usual)
}
