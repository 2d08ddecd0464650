import { readFileSync } from 'node:fs'
import { type FormatSpec, type JsonObject, readFormat } from '#kernel'
import { withLinkTables } from './link-tables.ts'
import type { Link, ObjectType, Property, RowRule, Sensitivity } from './object-type.ts'
import { sensitivities } from './object-type.ts'

/** A contract file: what is default is left out. */
type ContractDocument = JsonObject & {
  readonly name: string
  readonly apiName?: string
  readonly table: string
  readonly primaryKey: string
  readonly personLevel: boolean
  readonly origin: string
  readonly snapshot?: 'day'
  readonly snapshotOf?: string
  readonly properties: readonly JsonObject[]
  readonly links?: readonly JsonObject[]
  readonly rules?: readonly JsonObject[]
}

const contractFormat: FormatSpec<ContractDocument> = {
  format: 'openfdp/contract',
  version: 1,
  migrations: {},
  check: (document) => document as ContractDocument,
}

const indexFormat: FormatSpec<JsonObject & { readonly types: readonly string[] }> = {
  format: 'openfdp/contract-index',
  version: 1,
  migrations: {},
  check: (document) => document as JsonObject & { readonly types: readonly string[] },
}

const sensitivityFormat: FormatSpec<JsonObject & { readonly properties: Readonly<Record<string, string>> }> = {
  format: 'openfdp/sensitivity',
  version: 1,
  migrations: {},
  check: (document) => document as JsonObject & { readonly properties: Readonly<Record<string, string>> },
}

/** Rules between columns of the model's types, kept by hand; our own types carry theirs. */
const rowRulesFormat: FormatSpec<JsonObject & { readonly types: Readonly<Record<string, readonly JsonObject[]>> }> = {
  format: 'openfdp/row-rules',
  version: 1,
  migrations: {},
  check: (document) => document as JsonObject & { readonly types: Readonly<Record<string, readonly JsonObject[]>> },
}

/**
 * Reads every contract that ships with the program: the imported model, then our own types, each by name; links that no
 * property holds with the table that does.
 */
export function loadObjectTypes(): ObjectType[] {
  const rules = readFormat(rowRulesFormat, readDocument('row-rules.json')).types
  const types = ['cdm', 'own'].flatMap((folder) => {
    const index = readFormat(indexFormat, readDocument(`${folder}/index.json`))
    return index.types.map((name) => loadObjectType(folder, name, rules[name] ?? []))
  })
  return withLinkTables(types, readDocument('link-tables.json'))
}

function loadObjectType(folder: string, name: string, rules: readonly JsonObject[]): ObjectType {
  const document = readFormat(contractFormat, readDocument(`${folder}/${name}.json`))
  const labels = readFormat(sensitivityFormat, readDocument(`sensitivity/${name}.json`)).properties
  const own = document.origin === 'openfdp'
  return {
    name: document.name,
    apiName: document.apiName ?? document.name,
    table: document.table,
    primaryKey: document.primaryKey,
    personLevel: document.personLevel,
    origin: own ? 'openfdp' : 'cdm-146',
    snapshot: document.snapshot ?? 'all',
    ...(document.snapshotOf === undefined ? {} : { snapshotOf: document.snapshotOf }),
    properties: document.properties.map((property) => expandProperty(property, labels, own)),
    links: (document.links ?? []).map((link) => ({
      ...(link as unknown as Link),
      join: (link.join ?? null) as Link['join'],
    })),
    rules: [...(document.rules ?? []), ...rules] as unknown as RowRule[],
  }
}

function expandProperty(property: JsonObject, labels: Readonly<Record<string, string>>, own: boolean): Property {
  const label = labels[property.name as string] as Sensitivity
  return {
    nullable: true,
    severity: null,
    values: null,
    role: null,
    source: own ? 'own' : 'both',
    ...(property as object),
    sensitivity: sensitivities.includes(label) ? label : 'direct',
  } as unknown as Property
}

function readDocument(path: string): JsonObject {
  return JSON.parse(readFileSync(new URL(path, import.meta.url), 'utf8')) as JsonObject
}
