import { type Link, linkColumns } from '#contracts'
import { linkTypeRid } from './rids.ts'
import type { Seen, Sight } from './sight.ts'
import type { LinkTypeSideV2 } from './wire.ts'
import { displayName } from './words.ts'

/**
 * Links from a type that the caller may follow: to a type whose objects they may read too, by properties that they may
 * read at both ends, and in the table between them where the link goes through one.
 */
export function linkTypesOf(seen: Seen, sight: Sight): readonly LinkTypeSideV2[] {
  return seen.type.links.flatMap((link) => {
    const other = sight.of(link.object)
    return other && canFollow(seen, link, sight) ? [sideOf(seen, other, link)] : []
  })
}

function canFollow({ type }: Seen, link: Link, sight: Sight): boolean {
  return linkColumns(type, link).every(({ object, column }) => {
    const seen = sight.of(object)
    return seen !== null && seen.level !== 'aggregate' && seen.columns.includes(column)
  })
}

function sideOf({ type }: Seen, other: Seen, { name, cardinality, join }: Link): LinkTypeSideV2 {
  // The side that has the other's key in a property of its own is the one that leads to one object.
  const holdsKey = join !== null && cardinality === 'one' && join.to === other.type.primaryKey
  return {
    ...{ apiName: name, displayName: displayName(name), status: 'ACTIVE', objectTypeApiName: other.type.apiName },
    cardinality: cardinality === 'one' ? 'ONE' : 'MANY',
    ...(holdsKey ? { foreignKeyPropertyApiName: join.from } : {}),
    linkTypeRid: linkTypeRid(`${type.apiName}.${join?.from ?? ''}`, `${other.type.apiName}.${join?.to ?? ''}`),
  }
}
