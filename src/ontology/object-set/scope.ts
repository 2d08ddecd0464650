import { type Join, type Link, linkColumns, type ObjectType, objectTypes, type Property } from '#contracts'
import type { OpenToken, RelationRequest, Visible } from '#gate'
import type { Sql } from '#kernel'
import { placement } from '#privacy'
import { ontologyErrors } from '../errors.ts'
import { printableName } from '../printable-name.ts'
import type { ObjectSet } from './wire.ts'

/** An object type as the caller may see it. */
export interface SeenType {
  readonly type: ObjectType
  readonly level: Visible['level']
  readonly columns: ReadonlySet<string>
}

/** A link that the caller may follow, with both ends, and the table that it goes through. */
export interface SeenLink {
  readonly link: Link
  readonly from: SeenType
  readonly to: SeenType
  readonly table: SeenType | null
}

/** What is there when the statement is put together. */
export interface Building {
  readonly relations: Readonly<Record<string, Sql>>
  readonly open: OpenToken
  /** A name for the next row in the statement. */
  alias(): string
  /** Inside a derived property: the row that it is worked out for. */
  readonly input: string
}

export interface ScopeDeps {
  visible(object: string): Visible | null
  /** The object set behind a reference; null for one that is not there. */
  reference(rid: string): ObjectSet | null
}

interface Need {
  readonly columns: Set<string>
  readonly joins: Set<string>
  rid: boolean
  controller: boolean
}

/**
 * What one question names. Every name is looked up among what the caller may see and noted as needed; one that is not
 * among them is noted as well, so that the gate refuses it and puts the reason on record, and told like one that does
 * not exist.
 */
export class Scope {
  readonly #deps: ScopeDeps
  readonly #seen = new Map<string, SeenType | null>()
  readonly #needs = new Map<string, Need>()
  #refused: Error | null = null

  constructor(deps: ScopeDeps) {
    this.#deps = deps
  }

  /** The first name that does not exist for the caller, as the error to throw once the gate has refused it; else null. */
  get refused(): Error | null {
    return this.#refused
  }

  /** Null where it does not exist for the caller. */
  find(name: string): SeenType | null {
    const known = this.#seen.get(name)
    if (known !== undefined) return known
    const type = objectTypes().find((each) => each.apiName === name)
    const visible = type ? this.#deps.visible(type.name) : null
    const seen = type && visible ? { type, level: visible.level, columns: new Set(visible.columns) } : null
    this.#seen.set(name, seen)
    return seen
  }

  /** A type whose rows the question reads. */
  type(name: string): SeenType | null {
    const seen = this.find(name)
    this.#need(seen?.type.name ?? name)
    if (!seen) this.#refuse(ontologyErrors('FDP_ONTOLOGY_OBJECT_TYPE', { objectType: printableName(name) }))
    return seen
  }

  property({ type, columns }: SeenType, name: string): Property | null {
    this.#need(type.name).columns.add(name)
    if (columns.has(name)) return type.properties.find((each) => each.name === name) ?? null
    this.#refuse(ontologyErrors('FDP_ONTOLOGY_PROPERTY', { objectType: type.apiName, property: printableName(name) }))
    return null
  }

  /** By which rows are linked or looked up: adds the gate's `"~<name>"` (RelationRequest.joins). */
  join(seen: SeenType, name: string): void {
    this.property(seen, name)
    this.#need(seen.type.name).joins.add(name)
  }

  rid({ type }: SeenType): void {
    this.#need(type.name).rid = true
  }

  /** Adds the gate's `"~controller"`: whose row it is. */
  controller({ type }: SeenType): void {
    this.#need(type.name).controller = true
  }

  link(from: SeenType, name: string): SeenLink | null {
    const link = from.type.links.find((each) => each.name === name)
    const columns = link ? linkColumns(from.type, link) : []
    const isVisible = columns.every(({ object, column }) => this.find(apiNameOf(object))?.columns.has(column))
    const to = link && isVisible ? this.find(apiNameOf(link.object)) : null
    if (link && to) {
      this.#need(to.type.name)
      return { link, from, to, table: link.through ? this.find(apiNameOf(link.through.object)) : null }
    }
    // What is known and not permitted goes to the gate; what is not known, nobody can be refused.
    for (const { object, column } of columns) this.#need(object).columns.add(column)
    this.#refuse(ontologyErrors('FDP_ONTOLOGY_LINK', { objectType: from.type.apiName, link: printableName(name) }))
    return null
  }

  /** Columns of a type that have been named so far. */
  named({ type }: SeenType): readonly string[] {
    return [...this.#need(type.name).columns]
  }

  reference(rid: string): ObjectSet {
    const set = this.#deps.reference(rid)
    if (!set) throw ontologyErrors('FDP_ONTOLOGY_OBJECT_SET')
    return set
  }

  relations(): Readonly<Record<string, RelationRequest>> {
    const requests = [...this.#needs].map(([object, { columns, joins, rid, controller }]) => {
      const level = this.find(apiNameOf(object))?.level
      const more = level === undefined || level === 'aggregate' ? {} : { level }
      return [object, { object, columns: [...columns], joins: [...joins], rid, whose: controller, ...more }] as const
    })
    return Object.fromEntries(requests)
  }

  /** What was named and may not be seen, for the gate to refuse. */
  hidden(): Readonly<Record<string, RelationRequest>> {
    const all = Object.entries(this.relations())
    const isHidden = ([object, { columns }]: (typeof all)[number]) => {
      const seen = this.find(apiNameOf(object))
      return !seen || !(columns as readonly string[]).every((name) => seen.columns.has(name))
    }
    const asked = all.filter(isHidden).map(([object, { columns }]) => [object, { object, columns }] as const)
    return Object.fromEntries(asked)
  }

  #need(object: string): Need {
    const need = this.#needs.get(object) ?? { columns: new Set(), joins: new Set(), rid: false, controller: false }
    this.#needs.set(object, need)
    return need
  }

  #refuse(error: Error): void {
    this.#refused ??= error
  }
}

/** Both ends are keys of records: rows meet by local keys, whatever either end is shown as. */
export function joinsByKey(from: SeenType, to: SeenType, join: Join): boolean {
  const isKey = ({ type }: SeenType, name: string) => {
    const property = type.properties.find((each) => each.name === name)
    return property !== undefined && placement(type, property).lake === 'key'
  }
  return isKey(from, join.from) && isKey(to, join.to)
}

/** Whether a set leads from each object to one at most: every link on the way does. */
export function joinsOne(scope: Scope, set: ObjectSet, input: SeenType): boolean {
  return linksOnTheWay(scope, set, input) !== null
}

/** The type that a chain of links to one leads to; null for any other. */
function linksOnTheWay(scope: Scope, set: ObjectSet, input: SeenType): SeenType | null {
  if (set.type === 'methodInput') return input
  if (set.type === 'filter') return linksOnTheWay(scope, set.objectSet, input)
  if (set.type !== 'searchAround') return null
  const from = linksOnTheWay(scope, set.objectSet, input)
  const link = from?.type.links.find(({ name, cardinality }) => name === set.link && cardinality === 'one')
  return link ? scope.find(apiNameOf(link.object)) : null
}

function apiNameOf(object: string): string {
  return objectTypes().find(({ name }) => name === object)?.apiName ?? object
}
