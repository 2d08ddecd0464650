import { objectType, objectTypes, type Property } from '#contracts'
import { checkFlowPublished } from '#governance'
import { type Json, type JsonObject, sha256Hex } from '#kernel'
import type { LedgerEntry } from '#ledger'
import { placement } from '#privacy'
import { readOf } from '../reads.ts'
import { checksOf } from './checks-of.ts'
import { type Made, madeOf, stepsInWords } from './made-of.ts'

/** A RunEvent of OpenLineage 2-0-2 (https://openlineage.io/spec/2-0-2/OpenLineage.json). */
export type LineageEvent = JsonObject

interface Field {
  readonly namespace: string
  readonly name: string
  readonly field: string
  readonly transformations: readonly JsonObject[]
}

const producer = 'urn:openfdp'
const spec = 'https://openlineage.io/spec'
const facet = (name: string, version: string, body: JsonObject): JsonObject => ({
  ...{ _producer: producer, _schemaURL: `${spec}/facets/${version}/${name}.json#/$defs/${name}`, ...body },
})

/** What earlier entries said that a later one is told with. */
interface Earlier {
  readonly opened: Map<number, LedgerEntry>
  /** By submission: the data set that its file is. */
  readonly sources: Map<string, string>
}

/**
 * What became of what, as OpenLineage events: what a dock or messages delivered, each submission from the fields of a
 * file to columns of the lake and the vault, with what a mapping did and what was checked, each release of figures from
 * the columns that it was worked out from. From the ledger alone, in the order of its entries; names of contracts and of
 * mappings, hashes and counts, never a value. What an earlier release did not record is told without its columns.
 */
export async function* lineageOf(
  entries: AsyncIterable<LedgerEntry>,
  tenant: string,
  from = 0,
): AsyncGenerator<LineageEvent> {
  const earlier: Earlier = { opened: new Map(), sources: new Map() }
  for await (const entry of entries) {
    // An entry that begins a run of which the end is asked for comes before it.
    const event = eventOf(entry, tenant, earlier)
    if (event && entry.index >= from) yield event
  }
}

function eventOf(entry: LedgerEntry, tenant: string, { opened, sources }: Earlier): LineageEvent | null {
  const { governance } = entry
  switch (entry.type) {
    case 'read.opened':
      opened.set(entry.index, entry)
      return null
    case 'flow.received':
      sources.set(String(governance.submission), sourceName(governance.object, governance.controller))
      return runEvent('START', entry, tenant, submissionRun(governance, tenant))
    case 'dock.delivered':
    case 'message.submitted':
      return delivered(entry, tenant, sources.get(String(governance.submission)))
    case 'flow.published':
      return entry.governance.derived ? derived(entry, tenant) : published(entry, tenant)
    case 'flow.refused':
      return refused(entry, tenant)
    case 'release.made':
      return released(entry, tenant, opened)
    case 'read.completed':
      opened.delete(Number(governance.of))
      return null
    default:
      return null
  }
}

interface Run {
  readonly id: string
  readonly job: string
  readonly inputs?: readonly JsonObject[]
  readonly outputs?: readonly JsonObject[]
  readonly facets?: JsonObject
}

function runEvent(eventType: string, { time }: LedgerEntry, tenant: string, run: Run): LineageEvent {
  return {
    ...{ eventTime: time, eventType, producer, schemaURL: `${spec}/2-0-2/OpenLineage.json#/$defs/RunEvent` },
    run: { runId: run.id, facets: run.facets ?? {} },
    job: { namespace: namespaceOf(tenant), name: run.job },
    inputs: [...(run.inputs ?? [])] as Json[],
    outputs: [...(run.outputs ?? [])] as Json[],
  } as LineageEvent
}

function namespaceOf(tenant: string): string {
  return `openfdp:${tenant}`
}

/** The same run has the same id wherever it is worked out: the first 128 bits of a hash, as a UUID of version 8 (RFC 9562). */
function runId(tenant: string, what: string): string {
  const hex = sha256Hex(`openfdp/lineage-run/v1\n${tenant}\n${what}`)
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`
}

/** What a file says of itself: whose, of which type; its name is known to nobody. */
function submissionRun({ submission, object, controller }: JsonObject, tenant: string): Run {
  return {
    ...{ id: runId(tenant, String(submission)), job: `submit.${object}` },
    inputs: [{ namespace: namespaceOf(tenant), name: sourceName(object, controller) }],
  }
}

function sourceName(object: unknown, controller: unknown): string {
  return `source.${controller}.${object}`
}

function refused(entry: LedgerEntry, tenant: string): LineageEvent {
  const report = entry.governance.report as JsonObject
  const findings = report.findings as unknown as readonly { rule: string; severity: string }[]
  const rules = [...new Set(findings.filter(({ severity }) => severity === 'FAIL').map(({ rule }) => rule))]
  const message = `refused: ${rules.sort().join(', ')}`
  const facets = {
    errorMessage: facet('ErrorMessageRunFacet', '1-0-1', { message, programmingLanguage: 'SQL' }),
  }
  return runEvent('FAIL', entry, tenant, { ...submissionRun(report, tenant), facets })
}

/** What came by a dock, as the file that went in with it; of messages, which of their fields each column was made of. */
function delivered(entry: LedgerEntry, tenant: string, source: string | undefined): LineageEvent | null {
  if (source === undefined) return null
  const { type, governance } = entry
  const from = {
    namespace: namespaceOf(tenant),
    name: `${type === 'dock.delivered' ? 'dock' : 'messages'}.${governance.dock}`,
  }
  const made = madeOf(governance.made)
  const fields =
    made && Object.fromEntries(Object.keys(made.properties).map((name) => [name, inputFields(from, name, made, [])]))
  const output = {
    ...{ namespace: namespaceOf(tenant), name: source },
    facets: fields && made ? { columnLineage: columnLineage(fields, filters(from, made)) } : {},
  }
  const run = { id: runId(tenant, `entry ${entry.index}`), job: from.name, inputs: [from], outputs: [output] }
  return runEvent('COMPLETE', entry, tenant, run)
}

function published(entry: LedgerEntry, tenant: string): LineageEvent {
  const { governance } = entry
  const { object, controller, lake, vault, rows } = governance
  const run = submissionRun(governance, tenant)
  const names = (governance.contract as { readonly properties?: readonly string[] }).properties ?? []
  const type = objectTypes().find(({ name }) => name === object)
  const present = type?.properties.filter(({ name }) => names.includes(name)) ?? []
  const from = { namespace: namespaceOf(tenant), name: sourceName(object, controller) }
  const made = madeOf((governance.mapping as JsonObject | null)?.made)
  const inputs = [
    {
      ...{ ...from, facets: { schema: made ? schemaFacet(fieldsRead(made)) : schemaFacet(present) } },
      inputFacets: { dataQualityAssertions: assertions(governance, names, made) },
    },
  ]
  const inLake = present.filter((each) => type && placement(type, each).lake !== 'none')
  const inVault = present.filter((each) => type && placement(type, each).vault)
  const store = (name: string, version: Json, columns: readonly Property[], how: (each: Property) => JsonObject[]) => ({
    ...{ namespace: namespaceOf(tenant), name: `${name}.${object}` },
    facets: {
      version: facet('DatasetVersionDatasetFacet', '1-0-1', { datasetVersion: version }),
      schema: schemaFacet(columns),
      columnLineage: columnLineage(
        Object.fromEntries(columns.map((each) => [each.name, inputFields(from, each.name, made, how(each))])),
        made ? filters(from, made) : [],
      ),
    },
    outputFacets: {
      outputStatistics: facet('OutputStatisticsOutputDatasetFacet', '1-0-2', { rowCount: Number(rows) }),
    },
  })
  const outputs = [
    ...(lake === null ? [] : [store('lake', lake!, inLake, (each) => storedAs(String(object), each))]),
    ...(vault === null ? [] : [store('vault', vault!, inVault, () => [])]),
  ]
  return runEvent('COMPLETE', entry, tenant, { ...run, inputs, outputs })
}

/** What a model made: which columns of which versions each column was made from, chosen by, and the rows chosen by. */
function derived(entry: LedgerEntry, tenant: string): LineageEvent {
  const { derived: made, object, lake, rows } = checkFlowPublished(entry.governance)
  const namespace = namespaceOf(tenant)
  const fieldsOf = (columns: readonly string[], transformation: JsonObject): Field[] =>
    columns.map((column) => {
      const [input = '', field = ''] = column.split('.')
      return { namespace, name: `lake.${input}`, field, transformations: [transformation] }
    })
  const chosen = { type: 'INDIRECT', subtype: 'FILTER', masking: false }
  const columns = Object.entries(made!.columns).map(([name, { from, by }]) => [
    name,
    [...fieldsOf(from, { type: 'DIRECT', subtype: 'TRANSFORMATION', masking: false }), ...fieldsOf(by, chosen)],
  ])
  const version = (of: string | null) =>
    of === null ? {} : { version: facet('DatasetVersionDatasetFacet', '1-0-1', { datasetVersion: of }) }
  const present = objectTypes().find(({ name }) => name === object)?.properties ?? []
  const output = {
    ...{ namespace, name: `lake.${object}` },
    facets: {
      ...version(lake),
      schema: schemaFacet(present),
      columnLineage: columnLineage(Object.fromEntries(columns), fieldsOf(made!.rows, chosen)),
    },
    outputFacets: {
      outputStatistics: facet('OutputStatisticsOutputDatasetFacet', '1-0-2', { rowCount: rows }),
    },
  }
  return runEvent('COMPLETE', entry, tenant, {
    ...{ id: runId(tenant, `entry ${made!.started}`), job: `model.${object}` },
    inputs: made!.inputs.map((each) => ({ namespace, name: `lake.${each.object}`, facets: version(each.lake) })),
    outputs: [output],
  })
}

/** Where a property comes from: the field of its name, or those that a mapping made it of; then what was done with it. */
function inputFields(
  from: Omit<Field, 'field' | 'transformations'>,
  property: string,
  made: Made | null,
  then: readonly JsonObject[],
): Field[] {
  const origin = made ? (made.properties[property] ?? { from: [], steps: [] }) : { from: [property], steps: [] }
  const description = stepsInWords(origin.steps)
  const mapped = description === null ? [] : [{ ...transformed, description }]
  const all = [...mapped, ...then]
  return origin.from.map((field) => ({ ...from, field, transformations: all.length > 0 ? all : [asItCame] }))
}

const asItCame: JsonObject = { type: 'DIRECT', subtype: 'IDENTITY', masking: false }
const transformed: JsonObject = { type: 'DIRECT', subtype: 'TRANSFORMATION', masking: false }

/** Fields that decide which rows there are. */
function filters(from: Omit<Field, 'field' | 'transformations'>, { rows }: Made): Field[] {
  const transformations = [{ type: 'INDIRECT', subtype: 'FILTER', masking: false }]
  return rows.map((field) => ({ ...from, field, transformations }))
}

/** What stands in the lake in place of a field of the file; nothing: the field itself. */
function storedAs(object: string, property: Property): JsonObject[] {
  const { lake } = placement(objectType(object), property)
  if (lake === 'clear' || lake === 'none') return []
  const description = lake === 'key' ? 'a key of this tenant' : `made coarser: ${lake.coarse}`
  return [{ ...transformed, description, masking: true }]
}

/** What the rows were held against. A column is named where the file has one for the property. */
function assertions({ object, report = {} }: JsonObject, names: readonly string[], made: Made | null): JsonObject {
  const columnOf = (property: string | null) => {
    if (property === null || !made) return property
    const from = made.properties[property]?.from ?? []
    return from.length === 1 ? from[0]! : null
  }
  const told = checksOf(String(object), names, report as JsonObject).map(({ rule, property, severity, found }) => {
    const column = columnOf(property)
    return {
      ...{ assertion: rule, success: !found, severity: severity === 'WARN' ? 'warn' : 'error' },
      ...(property === null ? {} : { name: `${rule}:${property}` }),
      ...(column === null ? {} : { column }),
    }
  })
  return facet('DataQualityAssertionsDatasetFacet', '1-1-0', { assertions: told })
}

/** What a mapping reads, as texts. */
function fieldsRead({ properties, rows }: Made): readonly { readonly name: string; readonly type: string }[] {
  const names = new Set([...Object.values(properties).flatMap(({ from }) => from), ...rows])
  return [...names].map((name) => ({ name, type: 'text' }))
}

/** Figures: which columns of which versions they were worked out from. What each figure is, the job's definition says. */
function released(entry: LedgerEntry, tenant: string, opened: Map<number, LedgerEntry>): LineageEvent | null {
  const begun = opened.get(Number(entry.governance.of))
  if (!begun) return null
  opened.delete(begun.index)
  const { about, relations } = readOf(begun)
  const read = Object.values(relations)
  const name = (object: string) => ({ namespace: namespaceOf(tenant), name: `lake.${object}` })
  const fields: Field[] = read.flatMap(({ object, columns }) =>
    columns.map((field) => ({
      ...{ ...name(object), field },
      transformations: [{ type: 'INDIRECT', subtype: 'AGGREGATION', masking: true }],
    })),
  )
  const inputs = read.map(({ object, lake }) => ({
    ...name(object),
    facets: lake === null ? {} : { version: facet('DatasetVersionDatasetFacet', '1-0-1', { datasetVersion: lake }) },
  }))
  const output = {
    ...{ namespace: namespaceOf(tenant), name: `release.${entry.index}` },
    facets: { columnLineage: columnLineage({}, fields) },
    outputFacets: {
      outputStatistics: facet('OutputStatisticsOutputDatasetFacet', '1-0-2', {
        rowCount: Number(entry.governance.cells),
      }),
    },
  }
  const run = { id: runId(tenant, `entry ${begun.index}`), job: jobOf(about), inputs, outputs: [output] }
  return runEvent('COMPLETE', entry, tenant, run)
}

/** A metric by its id and version; anything else by its kind. */
function jobOf({ kind, metric, version }: JsonObject): string {
  return typeof metric === 'string' ? `metric.${metric}@${version}` : `figures.${kind ?? 'question'}`
}

function schemaFacet(properties: readonly { readonly name: string; readonly type: string }[]): JsonObject {
  const fields = properties.map(({ name, type }) => ({ name, type }))
  return facet('SchemaDatasetFacet', '1-2-0', { fields })
}

function columnLineage(fields: Readonly<Record<string, readonly Field[]>>, dataset: readonly Field[] = []): JsonObject {
  const byField = Object.fromEntries(Object.entries(fields).map(([name, inputFields]) => [name, { inputFields }]))
  return facet('ColumnLineageDatasetFacet', '1-2-0', { fields: byField, dataset } as unknown as JsonObject)
}
