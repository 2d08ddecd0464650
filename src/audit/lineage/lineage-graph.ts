import type { Sensitivity } from '#contracts'
import type { Level } from '#governance'
import type { Instant } from '#kernel'

/**
 * What stands in the graph. `delivery`: a dock, or messages · `source`: the file that came · `checked`: it as properties of
 * an object type, mapped and checked · `model`: what makes data of others · `lake`, `vault`: what is kept · `action`: what people changed · `rows`: what
 * readers of a purpose got, at a level · `metric`: a declared statistic · `release`: figures that left · `page`: where
 * they are shown.
 */
export type BoxKind =
  | 'delivery'
  | 'source'
  | 'checked'
  | 'model'
  | 'lake'
  | 'vault'
  | 'action'
  | 'rows'
  | 'metric'
  | 'release'
  | 'page'

export interface LineageBox {
  /** As OpenLineage names the data set, where it is one: `lake.Patient`. */
  readonly id: string
  readonly kind: BoxKind
  readonly title: string
  readonly says: string
  /** The object type whose properties its fields are. */
  readonly object: string | null
  readonly controller: string | null
  readonly purpose: string | null
  /** The entry of the ledger that says so; null: a declaration does. */
  readonly entry: number | null
  readonly fields: readonly LineageField[]
}

export interface LineageField {
  /** `<box>/<name>` */
  readonly id: string
  readonly name: string
  /** What is done with it here, or what it is; in words. */
  readonly says: string
  /** Of a property of an object type: what it is to a person's privacy. */
  readonly class?: Sensitivity
  /** What a reader gets of it. */
  readonly treatments?: Readonly<Record<Level, string>>
  /** Rules of the contract that it is held against. */
  readonly checks?: readonly { readonly rule: string; readonly severity: string }[]
  /** Rules, of the contract or of others, that a row of it broke. */
  readonly broken?: readonly string[]
}

/**
 * `delivers` · `maps` · `makes`: of what a model makes a column · `rows`: decides which rows there are · `keeps` · `edits` · `shows` · `counts` · `releases` ·
 * `tells`: a page has it.
 */
export type EdgeKind =
  | 'delivers'
  | 'maps'
  | 'makes'
  | 'rows'
  | 'keeps'
  | 'edits'
  | 'shows'
  | 'counts'
  | 'releases'
  | 'tells'

export interface LineageEdge {
  /** A field, or a box. */
  readonly from: string
  readonly to: string
  readonly kind: EdgeKind
  /** What was done on the way, in words; null: nothing. */
  readonly says: string | null
  /** Whether what comes out says less than what went in. */
  readonly masking: boolean
}

/** Where data came from and what became of them, column by column, as far as an entry of a ledger (spec/lineage.md). */
export interface LineageGraph {
  readonly format: 'openfdp/lineage-graph'
  readonly version: 1
  readonly tenant: string
  readonly asOf: { readonly entry: number; readonly time: Instant } | null
  readonly boxes: readonly LineageBox[]
  readonly edges: readonly LineageEdge[]
}

/** A statistic as a product declares it, as far as the graph goes into it. */
export interface DeclaredMetric {
  readonly id: string
  readonly version: number
  readonly title: string
  readonly bases: readonly DeclaredBasis[]
  readonly measures: readonly { readonly name: string; readonly title: string }[]
}

export interface DeclaredBasis {
  readonly name: string
  readonly relations: readonly { readonly object: string; readonly columns: readonly string[] }[]
  readonly derived: readonly { readonly name: string; readonly from: readonly string[] }[]
}

/** Something that people look at: the public page, what a product offers; pages of products come here too. */
export interface DeclaredPage {
  readonly id: string
  readonly title: string
  readonly says: string
  /** Metrics whose figures it shows. */
  readonly metrics: readonly string[]
  /** It tells how often people read, and that figures left. */
  readonly tellsOfUse: boolean
}

/** What a ledger does not say: what was declared, by the products that are loaded now. */
export interface Declared {
  readonly metrics: readonly DeclaredMetric[]
  readonly pages: readonly DeclaredPage[]
}

/** The box of a field or of itself. */
export function boxOf(id: string): string {
  const slash = id.indexOf('/')
  return slash < 0 ? id : id.slice(0, slash)
}
