import { objectTypes } from '#contracts'
import { type Edit, type Edits, editEntryTypes } from '#gate'
import { checkFlowPublished, checkPersonMoved, checkRowsErased, type FoldableEntry } from '#governance'
import { optOutLists } from '#privacy'

/** What an entry changes of the objects, by the names of the contracts: whole types, or single objects of them. */
export type DataChange =
  | { readonly kind: 'version'; readonly objects: readonly string[] }
  | { readonly kind: 'edit'; readonly edits: readonly EditedProperties[] }

/** `all`: objects came or went. */
export interface EditedProperties {
  readonly object: string
  readonly properties: readonly string[] | 'all'
}

/**
 * What an entry changed; null for one that changes no object. Of an entry that has been folded: what it says was checked,
 * and `edits` know it.
 */
export function dataChangeIn(
  { index, type, governance }: FoldableEntry,
  edits: Pick<Edits, 'of' | 'edit'>,
): DataChange | null {
  switch (type) {
    case 'flow.published': {
      const { object, also = [] } = checkFlowPublished(governance)
      const changed = [object, ...also.map((each) => each.object)]
      // Who says no is on a list of its own, and leaves every type about people.
      const isList = Object.values<string>(optOutLists).includes(object)
      return { kind: 'version', objects: isList ? [...changed, ...aboutPeople()] : changed }
    }
    case 'person.split':
    case 'person.joined':
      return { kind: 'version', objects: checkPersonMoved(type, governance).lakes.map(({ object }) => object) }
    case 'person.rows-erased':
      return { kind: 'version', objects: checkRowsErased(governance).lakes.map(({ object }) => object) }
    case editEntryTypes.applied:
      return editsChange(edits.of(index))
    case editEntryTypes.undone:
      return editsChange(edits.of(governance.of as number))
    case editEntryTypes.withdrawn: {
      const edit = edits.edit(String(governance.edit))
      return edit && editsChange([edit])
    }
    case 'detail.erased': {
      // Which objects they were is gone with what was erased.
      const objects = edits.of(governance.entry as number).map(({ object }) => object)
      return objects.length > 0 ? { kind: 'version', objects } : null
    }
    default:
      return null
  }
}

function editsChange(edits: readonly Edit[]): DataChange {
  const changed = edits.map(({ object, kind, properties }) => ({
    object,
    properties: kind === 'modify' ? properties : ('all' as const),
  }))
  return { kind: 'edit', edits: changed }
}

function aboutPeople(): readonly string[] {
  return objectTypes().flatMap(({ name, personLevel }) => (personLevel ? [name] : []))
}
