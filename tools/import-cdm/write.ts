import type { ImportedProperty, ImportedType } from './contract.ts'

/** A contract file: stable key order, what is default left out, one property a line so that a change reads as a line. */
export function formatContract(type: ImportedType): string {
  const head = {
    format: 'openfdp/contract',
    version: 1,
    name: type.name,
    ...(type.apiName === type.name ? {} : { apiName: type.apiName }),
    table: type.table,
    primaryKey: type.primaryKey,
    personLevel: type.personLevel,
    origin: 'cdm-146',
  }
  return formatDocument(head, [
    ['properties', type.properties.map(compactProperty)],
    ['links', type.links.map((link) => (link.join ? link : { ...link, join: undefined }))],
  ])
}

/** `head` one member a line, then each list one element a line. */
export function formatDocument(head: object, lists: readonly (readonly [string, readonly unknown[]])[]): string {
  const lines = Object.entries(head).map(([key, value]) => `  ${JSON.stringify(key)}: ${JSON.stringify(value)}`)
  for (const [key, items] of lists) {
    const body = items.map((item) => `    ${JSON.stringify(item)}`).join(',\n')
    lines.push(items.length === 0 ? `  ${JSON.stringify(key)}: []` : `  ${JSON.stringify(key)}: [\n${body}\n  ]`)
  }
  return `{\n${lines.join(',\n')}\n}\n`
}

/** `undefined` members vanish in JSON. */
function compactProperty(property: ImportedProperty): object {
  return {
    name: property.name,
    column: property.column,
    type: property.type,
    nullable: property.nullable ? undefined : false,
    severity: property.severity ?? undefined,
    values: property.values ?? undefined,
    role: property.role ?? undefined,
    references: property.references,
    lifecycle: property.lifecycle,
    source: property.source === 'both' ? undefined : property.source,
  }
}
