/** As much of a JSON Schema as events use. */
export interface SchemaShown {
  readonly const?: unknown
  readonly anyOf?: readonly SchemaShown[]
  readonly type?: string
  readonly properties?: Readonly<Record<string, SchemaShown>>
  readonly required?: readonly string[]
  readonly items?: SchemaShown
  readonly pattern?: string
}

const momentPattern = /^\^\\d\{4\}-/

/** What a field takes, in one line: `"keep" | "end"`, `[text]`, `{ id: text, until?: moment }`. */
export function formOfSchema(schema: SchemaShown): string {
  if (schema.const !== undefined) return JSON.stringify(schema.const)
  if (schema.anyOf) return schema.anyOf.map(formOfSchema).join(' | ')
  if (schema.items) return `[${formOfSchema(schema.items)}]`
  if (schema.properties) {
    const { properties, required = [] } = schema
    const parts = Object.entries(properties).map(
      ([name, part]) => `${name}${required.includes(name) ? '' : '?'}: ${formOfSchema(part)}`,
    )
    return `{ ${parts.join(', ')} }`
  }
  if (schema.type === 'string') {
    return momentPattern.test(schema.pattern ?? '') ? 'moment like 2026-01-31T09:30:00.000Z' : 'text'
  }
  return schema.type === 'integer' ? 'whole number' : (schema.type ?? 'anything')
}
