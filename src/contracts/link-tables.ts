import { type FormatSpec, type JsonObject, readFormat } from '#kernel'
import type { ObjectType, Through } from './object-type.ts'

/** Links of many with many that no property holds, each with the own type whose rows do; kept by hand. */
interface LinkTablesDocument extends JsonObject {
  readonly tables: readonly (LinkTable & JsonObject)[]
}

interface LinkTable {
  readonly object: string
  readonly ends: readonly [LinkEnd & JsonObject, LinkEnd & JsonObject]
}

/** A link as its own end names it, and the property of the table that holds the key of that end. */
interface LinkEnd {
  readonly object: string
  readonly link: string
  readonly property: string
}

const linkTablesFormat: FormatSpec<LinkTablesDocument> = {
  format: 'openfdp/link-tables',
  version: 1,
  migrations: {},
  check: (document) => document as LinkTablesDocument,
}

/** The types with `through` at each end of every link that the document has a table for. */
export function withLinkTables(types: readonly ObjectType[], document: JsonObject): ObjectType[] {
  const throughs = readFormat(linkTablesFormat, document).tables.flatMap(({ object, ends: [a, b] }) => [
    { end: a, through: throughOf(types, object, a, b) },
    { end: b, through: throughOf(types, object, b, a) },
  ])
  return types.map((type) => ({
    ...type,
    links: type.links.map((link) => {
      const found = throughs.find(({ end }) => end.object === type.name && end.link === link.name)
      return found ? { ...link, through: found.through } : link
    }),
  }))
}

function throughOf(types: readonly ObjectType[], object: string, near: LinkEnd, far: LinkEnd): Through {
  const keyOf = (end: LinkEnd) => types.find(({ name }) => name === end.object)!.primaryKey
  return {
    object,
    near: { from: keyOf(near), to: near.property },
    far: { from: far.property, to: keyOf(far) },
  }
}
