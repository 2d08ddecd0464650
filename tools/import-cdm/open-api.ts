import { parse } from 'yaml'
import type { PropertyType } from '#contracts'

export interface ApiType {
  readonly name: string
  /** The name in the published paths; one type (`mdtMeeting`) is not written as its schema is. */
  readonly apiName: string
  readonly properties: readonly { readonly name: string; readonly type: PropertyType }[]
  readonly links: readonly { readonly name: string; readonly object: string }[]
}

interface Schema {
  readonly type?: string
  readonly format?: string
  readonly properties?: Readonly<Record<string, Schema>>
  readonly $ref?: string
}

interface Document {
  readonly paths: Readonly<Record<string, { readonly get?: unknown }>>
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> }
}

const types: Readonly<Record<string, PropertyType>> = {
  string: 'text',
  'string:date': 'date',
  'string:date-time': 'timestamp',
  'string:long': 'long',
  boolean: 'boolean',
  integer: 'integer',
  'number:double': 'double',
  array: 'texts',
}

/** Object types with their properties (names and types) and links, from the published interface description. */
export function readOpenApi(text: string): ApiType[] {
  const document = parse(text, { maxAliasCount: 0 }) as Document
  const schemas = document.components.schemas
  const names = Object.keys(document.paths)
    .map((path) => /\/objects\/([A-Za-z0-9]+)$/.exec(path)?.[1])
    .filter((name) => name !== undefined)
  const found = names.map((apiName) => {
    const name = capitalised(apiName)
    return { name, apiName, properties: readProperties(schemas[`Osdk.${name}`]), links: readLinks(document, apiName) }
  })
  return found.sort((a, b) => (a.name < b.name ? -1 : 1))
}

function capitalised(name: string): string {
  return `${name.slice(0, 1).toUpperCase()}${name.slice(1)}`
}

function readProperties(schema: Schema | undefined): ApiType['properties'] {
  if (!schema?.properties) throw new Error('an object type without a schema')
  return Object.entries(schema.properties)
    .filter(([name]) => !name.startsWith('__'))
    .map(([name, property]) => {
      const type = types[[property.type, property.format].filter(Boolean).join(':')]
      if (!type) throw new Error(`a property type that is not known: ${name}`)
      return { name, type }
    })
}

/** The answer of a link's path says where it leads; each is a list, also where there can be one object only. */
function readLinks(document: Document, name: string): ApiType['links'] {
  const links: ApiType['links'][number][] = []
  for (const [path, operations] of Object.entries(document.paths)) {
    const link = new RegExp(`/objects/${name}/\\{primaryKey\\}/links/([A-Za-z0-9]+)$`).exec(path)?.[1]
    if (!link) continue
    const answer = /"\$ref":"#\/components\/schemas\/Osdk\.List([A-Za-z0-9]+)Response"/.exec(
      JSON.stringify((operations.get as { responses: { 200: unknown } }).responses[200]),
    )
    if (!answer?.[1]) throw new Error(`a link whose answer is not known: ${name}.${link}`)
    links.push({ name: link, object: capitalised(answer[1]) })
  }
  return links.sort((a, b) => (a.name < b.name ? -1 : 1))
}
