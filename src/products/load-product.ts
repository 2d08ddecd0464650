import type { ActionDeclaration } from '#actions'
import { registerDerivedType } from '#contracts'
import {
  type Declaration,
  type DerivedColumn,
  type LoadedMetric,
  openFormat,
  parseMetric,
  type ReferenceTable,
} from '#metrics'
import { type Model, parseModel } from '#models'
import { fail } from './errors.ts'
import type { ProductFiles } from './product-folder.ts'
import { readAction } from './read-action.ts'
import { parseReferenceTable } from './reference-table.ts'

export interface Product {
  readonly id: string
  readonly version: number
  readonly title: string
  readonly summary: string
  readonly purposes: readonly { readonly id: string; readonly title: string; readonly level: string }[]
  readonly objects: readonly string[]
  readonly references: Readonly<Record<string, ReferenceTable & { readonly title: string; readonly source: string }>>
  readonly metrics: Readonly<Record<string, LoadedMetric>>
  readonly actions: Readonly<Record<string, ActionDeclaration>>
  readonly models: readonly Model[]
}

const levels = ['identifiable', 'pseudonymised', 'aggregate'] as const

/** Checks and links the files of a product, and makes the types of its models known. Throws FDP_METRICS_DECLARATION with file and line. */
export function loadProduct(files: ProductFiles): Product {
  const text = files.get('product.yaml')
  if (text === undefined) throw fail('FDP_PRODUCTS_NO_FOLDER', { name: 'product.yaml' })
  const body = openFormat('product.yaml', text, 'product')
  const derived = Object.fromEntries(
    (body.optional('derived')?.entries() ?? []).map(([name, item]) => [name, readDerived(item, files)]),
  )
  const references = Object.fromEntries(
    (body.optional('references')?.entries() ?? []).map(([name, item]) => [name, readReference(item, files)]),
  )
  // Metrics and actions may be over what models make.
  const models = (body.optional('models')?.items() ?? []).map((item) => readModel(item, files))
  const metrics = (body.optional('metrics')?.items() ?? []).map((item) => {
    const file = item.text()
    const definition = parseMetric(file, fileText(item, file, files), {
      sibling: (name) => files.get(`${file.replace(/[^/]*$/, '')}${name}`) ?? null,
      derived,
      references: Object.keys(references),
    })
    return [definition.id, { definition, derived, references }] as const
  })
  const id = body.required('id').text()
  const actions = (body.optional('actions')?.items() ?? []).map((item) => {
    const file = item.text()
    const action = readAction(file, fileText(item, file, files), id)
    return [action.id, action] as const
  })
  const product: Product = {
    id,
    version: body.required('version').integer(),
    title: body.required('title').text(),
    summary: body.required('summary').text(),
    purposes: body.required('purposes').items().map(readPurpose),
    objects: body
      .required('objects')
      .items()
      .map((item) => item.text()),
    references,
    metrics: Object.fromEntries(metrics),
    actions: Object.fromEntries(actions),
    models,
  }
  body.end()
  return product
}

/** Throws FDP_PRODUCTS_UNKNOWN_METRIC. */
export function metricOf(product: Product, id: string): LoadedMetric {
  const metric = Object.hasOwn(product.metrics, id) ? product.metrics[id] : undefined
  if (metric) return metric
  throw fail('FDP_PRODUCTS_UNKNOWN_METRIC', {
    product: product.id,
    metric: id.slice(0, 80),
    known: Object.keys(product.metrics).join(', '),
  })
}

function fileText(item: Declaration, file: string, files: ProductFiles): string {
  const text = files.get(file)
  if (text === undefined) throw item.unknown('file', file, [...files.keys()])
  return text
}

function readModel(item: Declaration, files: ProductFiles): Model {
  const file = item.text()
  const sql = file.replace(/\.yaml$/, '.sql')
  const model = parseModel(file, fileText(item, file, files), fileText(item, sql, files))
  registerDerivedType(model.type)
  return model
}

function readPurpose(item: Declaration) {
  const purpose = {
    id: item.required('id').text(),
    title: item.required('title').text(),
    level: item.required('level').choice(levels),
  }
  item.end()
  return purpose
}

function readDerived(item: Declaration, files: ProductFiles): DerivedColumn {
  const at = item.required('sql')
  const sqlFile = at.text()
  const column = {
    arguments: item
      .required('arguments')
      .items()
      .map((each) => each.text()),
    sqlFile,
    sql: fileText(at, sqlFile, files),
  }
  item.end()
  return column
}

function readReference(item: Declaration, files: ProductFiles) {
  const at = item.required('file')
  const file = at.text()
  const columns = item
    .required('columns')
    .entries()
    .map(([name, type]) => [name, type.choice(['text', 'date'])] as const)
  const reference = {
    title: item.required('title').text(),
    source: item.required('source').text(),
    ...parseReferenceTable(file, fileText(at, file, files), columns),
  }
  item.end()
  return reference
}
