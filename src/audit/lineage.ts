import { objectType, objectTypes, type Property } from '#contracts'
import { checkFlowPublished } from '#governance'
import { type Json, type JsonObject, sha256Hex } from '#kernel'
import type { LedgerEntry } from '#ledger'
import { placement } from '#privacy'
import { readOf } from './reads.ts'

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

/**
 * What became of what, as OpenLineage events: each submission from the fields of a file to columns of the lake and the
 * vault, each release of figures from the columns that it was worked out from. From the ledger alone, in the order of its
 * entries; names of the contract, hashes and counts, never a value. A submission of a release that did not record which
 * fields a file had is told without its columns.
 */
export async function* lineageOf(
  entries: AsyncIterable<LedgerEntry>,
  tenant: string,
  from = 0,
): AsyncGenerator<LineageEvent> {
  const opened = new Map<number, LedgerEntry>()
  for await (const entry of entries) {
    if (entry.type === 'read.opened') opened.set(entry.index, entry)
    // An entry that begins a run of which the end is asked for comes before it.
    const event = eventOf(entry, tenant, opened)
    if (event && entry.index >= from) yield event
  }
}

function eventOf(entry: LedgerEntry, tenant: string, opened: Map<number, LedgerEntry>): LineageEvent | null {
  switch (entry.type) {
    case 'flow.received':
      return runEvent('START', entry, tenant, submissionRun(entry.governance, tenant))
    case 'flow.published':
      return entry.governance.derived ? derived(entry, tenant) : published(entry, tenant)
    case 'flow.refused':
      return refused(entry, tenant)
    case 'release.made':
      return released(entry, tenant, opened)
    case 'read.completed':
      opened.delete(Number(entry.governance.of))
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

function published(entry: LedgerEntry, tenant: string): LineageEvent {
  const { governance } = entry
  const { object, controller, lake, vault, rows } = governance
  const run = submissionRun(governance, tenant)
  const names = (governance.contract as { readonly properties?: readonly string[] }).properties ?? []
  const type = objectTypes().find(({ name }) => name === object)
  const present = type?.properties.filter(({ name }) => names.includes(name)) ?? []
  const from = { namespace: namespaceOf(tenant), name: sourceName(object, controller) }
  const inputs = [{ ...from, facets: { schema: schemaFacet(present) } }]
  const inLake = present.filter((each) => type && placement(type, each).lake !== 'none')
  const inVault = present.filter((each) => type && placement(type, each).vault)
  const store = (name: string, version: Json, columns: readonly Property[], how: (each: Property) => JsonObject) => ({
    ...{ namespace: namespaceOf(tenant), name: `${name}.${object}` },
    facets: {
      version: facet('DatasetVersionDatasetFacet', '1-0-1', { datasetVersion: version }),
      schema: schemaFacet(columns),
      columnLineage: columnLineage(
        Object.fromEntries(
          columns.map((each) => [each.name, [{ ...from, field: each.name, transformations: [how(each)] }]]),
        ),
      ),
    },
    outputFacets: {
      outputStatistics: facet('OutputStatisticsOutputDatasetFacet', '1-0-2', { rowCount: Number(rows) }),
    },
  })
  const outputs = [
    ...(lake === null ? [] : [store('lake', lake!, inLake, (each) => storedAs(String(object), each))]),
    ...(vault === null
      ? []
      : [store('vault', vault!, inVault, () => ({ type: 'DIRECT', subtype: 'IDENTITY', masking: false }))]),
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

/** What stands in the lake in place of a field of the file. */
function storedAs(object: string, property: Property): JsonObject {
  const { lake } = placement(objectType(object), property)
  if (lake === 'clear') return { type: 'DIRECT', subtype: 'IDENTITY', masking: false }
  const description = lake === 'key' ? 'a key of this tenant' : 'made coarser'
  return { type: 'DIRECT', subtype: 'TRANSFORMATION', description, masking: true }
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

function schemaFacet(properties: readonly Property[]): JsonObject {
  const fields = properties.map(({ name, type }) => ({ name, type }))
  return facet('SchemaDatasetFacet', '1-2-0', { fields })
}

function columnLineage(fields: Readonly<Record<string, readonly Field[]>>, dataset: readonly Field[] = []): JsonObject {
  const byField = Object.fromEntries(Object.entries(fields).map(([name, inputFields]) => [name, { inputFields }]))
  return facet('ColumnLineageDatasetFacet', '1-2-0', { fields: byField, dataset } as unknown as JsonObject)
}
