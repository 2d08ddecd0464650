import type { LiteralType } from '../path/expression.ts'

/**
 * The primitive types of FHIR R4 and R5, and what each is to a comparison. Everything that is not a number, a truth value
 * or a time compares as text.
 */
export const primitiveTypes = {
  base64Binary: 'string',
  boolean: 'boolean',
  canonical: 'string',
  code: 'string',
  date: 'date',
  dateTime: 'dateTime',
  decimal: 'number',
  id: 'string',
  instant: 'dateTime',
  integer: 'number',
  integer64: 'number',
  markdown: 'string',
  oid: 'string',
  positiveInt: 'number',
  string: 'string',
  time: 'time',
  unsignedInt: 'number',
  uri: 'string',
  url: 'string',
  uuid: 'string',
  xhtml: 'string',
} as const satisfies Readonly<Record<string, LiteralType>>

export type PrimitiveType = keyof typeof primitiveTypes

export function isPrimitiveType(name: string): name is PrimitiveType {
  return Object.hasOwn(primitiveTypes, name)
}
