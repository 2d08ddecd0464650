import { readFileSync } from 'node:fs'
import { Ajv, type ValidateFunction } from 'ajv'
import formats from 'ajv-formats'
import { parse } from 'yaml'
import { sharedPath } from '../../shared-data.ts'

/* The published OpenAPI of the canonical data model: its paths, and a check for what each answers. */

export interface PublishedPath {
  readonly method: 'get' | 'post'
  /** With `{primaryKey}` and the like in it. */
  readonly path: string
  readonly objectType: string
  readonly kind: 'list' | 'get' | 'count' | 'search' | 'aggregate' | 'links' | 'link'
  readonly link: string | null
  /** What is wrong with an answer; empty if nothing. */
  readonly check: (answer: unknown) => readonly string[]
}

type Schema = Record<string, unknown>
interface OpenApi {
  readonly paths: Record<
    string,
    Record<string, { responses: { 200: { content: Record<string, { schema: Schema }> } } }>
  >
  readonly components: { readonly schemas: Record<string, Schema & { readonly properties?: Schema }> }
}

export interface PublishedApi {
  readonly paths: readonly PublishedPath[]
  /** Properties of an object type, without those that every object has. */
  properties(objectType: string): readonly string[]
}

const kinds = { '': 'list', aggregate: 'aggregate', count: 'count', search: 'search', '{primaryKey}': 'get' } as const

export function publishedApi(): PublishedApi {
  const api = parse(readFileSync(sharedPath('data/cdm/canonical-data-model-openapi.yaml'), 'utf8'), {
    maxAliasCount: 0,
  }) as OpenApi
  const ajv = new Ajv({ strict: false, allErrors: true })
  formats.default(ajv)
  ajv.addFormat('long', /^-?(0|[1-9][0-9]{0,18})$/)
  ajv.addSchema({ $id: 'cdm', components: asJsonSchema(api.components) as Schema })
  const compiled = new Map<string, ValidateFunction>()
  const checkOf = (schema: Schema) => (answer: unknown) => {
    const ref = String(schema.$ref)
    const check = compiled.get(ref) ?? ajv.compile({ $ref: `cdm${ref}` })
    compiled.set(ref, check)
    return check(answer) ? [] : (check.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`)
  }
  const paths = Object.entries(api.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, { responses }]): PublishedPath => {
      const [, objectType = '', rest = ''] = /\/objects\/([^/]+)\/?(.*)$/.exec(path) ?? []
      const [, link, one] = /^\{primaryKey\}\/links\/([^/]+)(\/\{linkedObjectPrimaryKey\})?$/.exec(rest) ?? []
      const kind = link ? (one ? 'link' : 'links') : kinds[rest as keyof typeof kinds]
      const { schema } = responses[200].content['application/json']!
      return {
        ...{ method: method as 'get' | 'post', path, objectType, kind, link: link ?? null },
        check: checkOf(schema),
      }
    }),
  )
  const properties = (objectType: string) =>
    Object.keys(api.components.schemas[schemaName(paths, api, objectType)]?.properties ?? {}).filter(
      (name) => !name.startsWith('__'),
    )
  return { paths, properties }
}

/** The schema of a type's objects has the name that its own path says. */
function schemaName(paths: readonly PublishedPath[], api: OpenApi, objectType: string): string {
  const { path } = paths.find((each) => each.objectType === objectType && each.kind === 'get')!
  const { schema } = api.paths[path]!.get!.responses[200].content['application/json']!
  return String(schema.$ref).replace('#/components/schemas/', '')
}

/** OpenAPI 3.0 says `nullable` where JSON Schema has a type more; its `discriminator` adds nothing to `oneOf`. */
function asJsonSchema(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(asJsonSchema)
  if (typeof value !== 'object' || value === null) return value
  const { nullable, discriminator: _, ...rest } = value as Schema
  const made = Object.fromEntries(Object.entries(rest).map(([name, each]) => [name, asJsonSchema(each)]))
  return nullable === true && typeof made.type === 'string' ? { ...made, type: [made.type, 'null'] } : made
}
