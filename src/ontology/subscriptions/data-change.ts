import { objectTypes } from '#contracts'
import { checkFlowPublished, checkPersonMoved, type FoldableEntry } from '#governance'
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

/** Null for an entry that changes no object. The entry has been folded: what it says was checked. */
export function dataChangeIn({ type, governance }: Pick<FoldableEntry, 'type' | 'governance'>): DataChange | null {
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
    default:
      return null
  }
}

function aboutPeople(): readonly string[] {
  return objectTypes().flatMap(({ name, personLevel }) => (personLevel ? [name] : []))
}
