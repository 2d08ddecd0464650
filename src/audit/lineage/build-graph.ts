import { type ObjectType, objectTypes, type Property } from '#contracts'
import { type Level, levels } from '#governance'
import { type Placement, placement, type Shown, shown } from '#privacy'
import { checksOf } from './checks-of.ts'
import type {
  Declared,
  DeclaredMetric,
  DeclaredPage,
  LineageBox,
  LineageEdge,
  LineageField,
  LineageGraph,
} from './lineage-graph.ts'
import type { EditFact, LineageRecord, PublicationFact, ReadingFact, ReleaseFact } from './lineage-record.ts'
import { type Made, stepsInWords } from './made-of.ts'

/** The graph of all that a record says, and of what is declared over the object types that it has. */
export function lineageGraph(tenant: string, record: LineageRecord, declared: Declared): LineageGraph {
  const building = new Building()
  const publications = [...record.publications.values()]
  for (const publication of publications) building.publication(publication)
  for (const publication of publications) building.derivation(publication)
  for (const edit of record.edits.values()) building.edit(edit)
  for (const reading of record.readings.values()) building.reading(reading)
  for (const metric of declared.metrics) building.metric(metric)
  for (const release of record.releases.values()) building.release(release)
  for (const page of declared.pages) building.page(page)
  return { format: 'openfdp/lineage-graph', version: 1, tenant, asOf: record.asOf, ...building.done() }
}

const noBox = { says: '', object: null, controller: null, purpose: null, entry: null } as const

class Building {
  readonly #boxes = new Map<string, LineageBox & { fields: LineageField[] }>()
  readonly #edges = new Map<string, LineageEdge>()

  done(): Pick<LineageGraph, 'boxes' | 'edges'> {
    return { boxes: [...this.#boxes.values()], edges: [...this.#edges.values()] }
  }

  publication(of: PublicationFact): void {
    const { object, controller, mapping, made, entry } = of
    if (of.derived) {
      this.#made(of)
      return
    }
    const type = typeOf(object)
    // Files of several data sets of one type stand side by side.
    const several = type && (type.snapshot !== 'all' || type.snapshotOf !== undefined)
    const name = `${controller}.${object}${several && mapping ? `.${mapping}` : ''}`
    const about = { ...noBox, object, controller, entry }
    const source = this.#box({
      ...{ ...about, id: `source.${name}`, kind: 'source', title: `${object} from ${controller}` },
      says: mapping === null ? 'a file with the properties by name' : `a file read by ${mapping}`,
    })
    const checked = this.#box({
      ...{ ...about, id: `checked.${name}`, kind: 'checked', title: `${object} of ${controller}, checked` },
      says: 'held against the contract, row by row',
    })
    this.#delivery(of, source)
    this.#mapped(of.properties, made, source, checked)
    const checks = checksOf(object, of.properties, of.report)
    for (const property of of.properties) {
      const own = checks.filter((check) => check.property === property)
      const rules = own.flatMap(({ rule, severity, byContract }) => (byContract ? [{ rule, severity }] : []))
      const broken = own.flatMap(({ rule, found }) => (found ? [rule] : []))
      const says = made?.properties[property]?.steps.includes('constant') ? 'a text of the mapping' : ''
      this.#field(checked, property, says, { checks: rules, ...(broken.length > 0 ? { broken } : {}) })
      if (type) this.#kept(type, property, of, checked)
    }
  }

  /** Rows that a model made: its columns, kept as they are. */
  #made(of: PublicationFact): void {
    const { object, controller, entry } = of
    const type = typeOf(object)
    const box = this.#box({
      ...{ ...noBox, object, controller, entry, id: modelId(of), kind: 'model', title: `${object} of ${controller}` },
      says: 'made here, by the model of that name',
    })
    for (const property of of.properties) {
      this.#field(box, property, '')
      if (type) this.#kept(type, property, of, box)
    }
  }

  /** What a model made its columns of; every data set that it reads is here by now. */
  derivation(of: PublicationFact): void {
    const box = modelId(of)
    const stored = (column: string) => `lake.${column.replace('.', '/')}`
    for (const [name, { from, by }] of Object.entries(of.derived?.columns ?? {})) {
      for (const column of by) this.#makes(stored(column), `${box}/${name}`, 'chosen by it')
      for (const column of from) this.#makes(stored(column), `${box}/${name}`, 'made of it')
    }
    for (const column of of.derived?.rows ?? []) {
      if (this.#has(stored(column))) this.#edge(stored(column), box, 'rows')
    }
  }

  #makes(column: string, to: string, says: string): void {
    if (this.#has(column) && this.#has(to)) this.#edge(column, to, 'makes', says)
  }

  #delivery({ delivery, properties }: PublicationFact, source: string): void {
    if (!delivery) return
    const box = this.#box({
      ...{ ...noBox, id: `${delivery.by}.${delivery.id}`, kind: 'delivery', title: delivery.id },
      says: delivery.by === 'dock' ? 'delivers files' : 'sends messages',
    })
    this.#edge(box, source, 'delivers')
    if (delivery.made) this.#mapped(properties, delivery.made, box, source)
  }

  /** Fields of `from`, and edges from them to the properties in `to`. */
  #mapped(properties: readonly string[], made: Made | null, from: string, to: string): void {
    for (const property of properties) {
      const { from: fields, steps } = made ? (made.properties[property] ?? { from: [], steps: [] }) : asNamed(property)
      for (const field of fields) {
        this.#edge(this.#field(from, field, ''), `${to}/${property}`, 'maps', stepsInWords(steps))
      }
    }
    for (const field of made?.rows ?? []) {
      this.#edge(this.#field(from, field, 'decides which rows there are'), to, 'rows')
    }
  }

  #kept(type: ObjectType, name: string, { object, entry }: PublicationFact, checked: string): void {
    const property = type.properties.find((each) => each.name === name)
    if (!property) return
    const { lake, vault } = placement(type, property)
    const about = { ...noBox, object, entry }
    const facts = { class: property.sensitivity, treatments: treatmentsOf(type, property) }
    const from = `${checked}/${name}`
    if (lake !== 'none') {
      const says = lakeInWords(lake)
      const box = this.#box({
        ...{ ...about, id: `lake.${object}`, kind: 'lake', title: object, says: 'care data, in the lake' },
      })
      this.#edge(from, this.#field(box, name, says ?? 'as it came', facts), 'keeps', says, says !== null)
    }
    if (vault) {
      const says = 'identity and free text, encrypted, in the vault'
      const box = this.#box({ ...about, id: `vault.${object}`, kind: 'vault', title: object, says })
      this.#edge(from, this.#field(box, name, 'as it came', facts), 'keeps')
    }
  }

  edit({ action, object, properties, entry }: EditFact): void {
    const box = this.#box({
      ...{ ...noBox, id: `action.${action}.${object}`, kind: 'action', title: action, object, entry },
      says: `people changed ${object} by it`,
    })
    for (const name of properties) {
      const field = this.#field(box, name, 'changed by people')
      for (const store of [`lake.${object}`, `vault.${object}`]) {
        if (this.#has(`${store}/${name}`)) this.#edge(field, `${store}/${name}`, 'edits')
      }
    }
  }

  reading({ purpose, level, object, columns, entry }: ReadingFact): void {
    const type = typeOf(object)
    if (!type) return
    const box = this.#box({
      ...{ ...noBox, id: `rows.${purpose}.${level}.${object}`, kind: 'rows', object, purpose, entry },
      ...{ title: `${object} for ${purpose}`, says: `rows, ${level}` },
    })
    for (const name of columns) {
      const property = type.properties.find((each) => each.name === name)
      if (!property) continue
      const got = shown(type, property, level)
      const store = `${got.kind === 'vault' ? 'vault' : 'lake'}.${object}/${name}`
      const isHere = this.#has(store)
      const says = isHere ? shownInWords(got) : 'nothing was there'
      const field = this.#field(box, name, says)
      if (isHere) this.#edge(store, field, 'shows', says, got.kind === 'token' || got.kind === 'coarse')
    }
  }

  /** Only ways to it of which the data are here. */
  metric({ id, version, title, bases, measures }: DeclaredMetric): void {
    const isHere = (object: string) => this.#boxes.has(`lake.${object}`)
    const here = bases.filter(({ relations }) => relations.every(({ object }) => isHere(object)))
    if (here.length === 0) return
    const box = this.#box({
      ...noBox,
      id: metricId(id, version),
      kind: 'metric',
      title,
      says: `${id}, version ${version}`,
    })
    for (const { name, relations, derived } of here) {
      for (const { object, columns } of relations) {
        for (const column of columns) this.#counted(`lake.${object}/${column}`, box, `counted from ${name}`)
        for (const each of derived) {
          const from = each.from.filter((column) => columns.includes(column))
          if (from.length === 0) continue
          const field = this.#field(box, each.name, `derived from ${from.join(', ')}`)
          for (const column of from) this.#counted(`lake.${object}/${column}`, field, `derived for ${name}`)
        }
      }
    }
    for (const measure of measures) this.#field(box, measure.name, measure.title)
  }

  #counted(column: string, to: string, says: string): void {
    if (this.#has(column)) this.#edge(column, to, 'counts', says, true)
  }

  release({ metric, kind, purpose, policy, columns, entry, time }: ReleaseFact): void {
    const declared = metric && metricId(metric.id, metric.version)
    const name = metric ? `${metric.id}@${metric.version}.${metric.basis}` : `${kind}.${purpose}`
    const box = this.#box({
      ...{ ...noBox, id: `release.${name}`, kind: 'release', purpose, entry },
      title: metric ? `Figures of ${metric.id}` : `Figures for ${purpose}`,
      says: `${metric ? `from ${metric.basis}` : kind}, last ${time.slice(0, 10)}, under ${policy}`,
    })
    if (declared && this.#boxes.has(declared)) {
      this.#edge(declared, box, 'releases', policy, true)
      return
    }
    for (const [object, names] of columns) {
      for (const column of names) this.#counted(`lake.${object}/${column}`, box, 'counted')
    }
  }

  page({ id, title, says, metrics, tellsOfUse }: DeclaredPage): void {
    const page = this.#box({ ...noBox, id: `page.${id}`, kind: 'page', title, says })
    for (const each of [...this.#boxes.values()]) {
      const isOf = metrics.some((metric) => each.id.startsWith(`release.${metric}@`))
      const isUse = tellsOfUse && (each.kind === 'rows' || each.kind === 'release')
      if (each.kind === 'release' && isOf) this.#edge(each.id, page, 'tells')
      else if (isUse) this.#edge(each.id, page, 'tells', 'that it was used, and how often')
    }
  }

  #box(box: Omit<LineageBox, 'fields'>): string {
    const known = this.#boxes.get(box.id)
    if (!known || (box.entry ?? 0) > (known.entry ?? 0)) {
      this.#boxes.set(box.id, { ...box, fields: known?.fields ?? [] })
    }
    return box.id
  }

  #field(box: string, name: string, says: string, more: Partial<LineageField> = {}): string {
    const id = `${box}/${name}`
    const fields = this.#boxes.get(box)!.fields
    if (!fields.some((field) => field.id === id)) fields.push({ id, name, says, ...more })
    return id
  }

  #has(id: string): boolean {
    const box = id.slice(0, id.indexOf('/'))
    return this.#boxes.get(box)?.fields.some((field) => field.id === id) ?? false
  }

  #edge(from: string, to: string, kind: LineageEdge['kind'], says: string | null = null, masking = false): void {
    this.#edges.set(`${from} ${to} ${kind}`, { from, to, kind, says, masking })
  }
}

function typeOf(object: string): ObjectType | undefined {
  return objectTypes().find(({ name }) => name === object)
}

function modelId({ object, controller }: PublicationFact): string {
  return `model.${controller}.${object}`
}

function asNamed(property: string): Made['properties'][string] {
  return { from: [property], steps: [] }
}

function metricId(id: string, version: number): string {
  return `metric.${id}@${version}`
}

/** Null: it stands there as it came. */
function lakeInWords(lake: Placement['lake']): string | null {
  if (lake === 'key') return 'a key of this tenant'
  return typeof lake === 'object' ? `only the ${coarseWords[lake.coarse]}` : null
}

const coarseWords = {
  'birth-year': 'year of birth',
  month: 'month',
  'age-band': 'band of five years',
  'outward-code': 'outward code',
  day: 'day',
  'weight-500g': 'weight to 500 g',
  'weight-10kg': 'weight to 10 kg',
} as const

function treatmentsOf(type: ObjectType, property: Property): Record<Level, string> {
  const told = levels.map((level) => [level, shownInWords(shown(type, property, level))] as const)
  return Object.fromEntries(told) as Record<Level, string>
}

function shownInWords(got: Shown): string {
  switch (got.kind) {
    case 'hidden':
      return 'not shown'
    case 'clear':
      return got.stored ? `only the ${coarseWords[got.stored]}` : 'as it came'
    case 'coarse':
      return `only the ${coarseWords[got.rule]}`
    case 'token':
      return 'a token of the purpose'
    case 'vault':
      return got.onlyIfNamed ? 'exact, where a grant names it' : 'exact'
  }
}
