import { type Instant, limits } from '#kernel'
import type { EditId, EditKind, ExactText, RowEdit } from './edit-entries.ts'

export type EditEnd = 'settled' | 'withdrawn' | 'undone' | 'erased'

export interface Ended {
  readonly entry: number
  readonly at: Instant
  readonly how: EditEnd
}

/** One row's edit by one action, and what has become of it. */
export interface Edit {
  readonly id: EditId
  readonly entry: number
  readonly object: string
  readonly kind: EditKind
  readonly properties: readonly string[]
  readonly at: Instant
  readonly by: string
  readonly purpose: string
  readonly action: string
  readonly owner: string
  readonly due: Instant
  readonly counted: boolean
  readonly undo: boolean
  /** Null until the detail is known, and for good once it is erased. */
  readonly row: KnownRow | null
  /** Properties of which nothing is shown any more. */
  readonly ended: ReadonlyMap<string, Ended>
  /** Properties for which the source has a third value. */
  readonly differs: readonly string[]
  readonly gone: boolean
  /** The entry by which a person decided that it stays though the source differs. */
  readonly kept: number | null
}

export interface KnownRow {
  readonly key: bigint
  readonly person: bigint | null
  readonly controller: string
  readonly of: RowEdit['of'] | null
  readonly before: Readonly<Record<string, ExactText>>
  readonly after: Readonly<Record<string, ExactText>>
}

/** What a row has instead of what the source says. */
export interface Patch {
  readonly key: bigint
  readonly person: bigint | null
  readonly controller: string
  readonly created: boolean
  readonly deleted: boolean
  readonly values: ReadonlyMap<string, ExactText>
}

export interface Overlay {
  /** The same for the same patches. */
  readonly id: string
  readonly patches: readonly Patch[]
  readonly created: boolean
}

export function isOpen({ properties, ended }: Edit): boolean {
  return properties.some((property) => !ended.has(property))
}

/** Open properties of an edit, or of all as of an entry. */
export function openProperties({ properties, ended }: Edit, upTo?: number): readonly string[] {
  return properties.filter((property) => {
    const end = ended.get(property)
    return end === undefined || (upTo !== undefined && end.entry > upTo)
  })
}

type Writable<T> = { -readonly [K in keyof T]: T[K] }

/** What is shown over the rows of a type as of an entry: the open properties of each row's edits, the last one on top. Pure. */
export function makeOverlay(
  id: string,
  edits: readonly Edit[],
  upTo: number,
  which: 'shown' | 'counted',
): Overlay | null {
  const patches = new Map<bigint, Writable<Patch> & { values: Map<string, ExactText> }>()
  for (const edit of edits) {
    if (edit.entry > upTo || !edit.row || (which === 'counted' && !edit.counted)) continue
    const open = openProperties(edit, upTo)
    if (open.length === 0) continue
    const { key, person, controller, after } = edit.row
    const fresh = { key, person, controller, created: false, deleted: false, values: new Map<string, ExactText>() }
    const patch = patches.get(key) ?? fresh
    if (edit.kind === 'create') patch.created = true
    if (edit.kind === 'delete') patch.deleted = true
    else for (const property of open) patch.values.set(property, after[property] ?? null)
    patches.set(key, patch)
  }
  if (patches.size > limits.openEditsMax) throw new Error('more edits are open than may be')
  if (patches.size === 0) return null
  const all = [...patches.values()]
  return { id, patches: all, created: all.some(({ created }) => created) }
}
