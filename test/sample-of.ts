/*
 * A value that fits a schema, as small as it may be: for tests that try every form of a family. Knows the patterns of
 * governance's ids; a new one shows as a value that does not fit.
 */
export interface Schema {
  readonly const?: unknown
  readonly anyOf?: readonly Schema[]
  readonly type?: string
  readonly properties?: Readonly<Record<string, Schema>>
  readonly required?: readonly string[]
  readonly items?: Schema
  readonly minItems?: number
  readonly minimum?: number
  readonly pattern?: string
}

const candidates = ['x', 'X1', '2031-01-01T00:00:00.000Z', '6(1)(e)', '9(2)(h)', 'tenant', 'a'.repeat(64)]

export function sampleOf(schema: Schema): unknown {
  if ('const' in schema) return schema.const
  if (schema.anyOf) return sampleOf(schema.anyOf[0]!)
  if (schema.type === 'object') {
    const required = schema.required ?? []
    return Object.fromEntries(required.map((name) => [name, sampleOf(schema.properties![name]!)]))
  }
  if (schema.type === 'array') return Array.from({ length: schema.minItems ?? 0 }, () => sampleOf(schema.items!))
  if (schema.type === 'integer' || schema.type === 'number') return schema.minimum ?? 0
  if (schema.type === 'boolean') return false
  if (schema.type === 'null') return null
  const found = candidates.find((each) => new RegExp(schema.pattern ?? '').test(each))
  if (found === undefined) throw new Error(`no sample for ${schema.pattern}`)
  return found
}
