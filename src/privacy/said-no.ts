import { canonicalJson, joinSql, rawSql, type Sql, sha256Hex, sql } from '#kernel'
import { type OptOutScheme, optOutLists, optOutSchemes } from './opt-out.ts'

/** Leased lake files of opt-out lists. */
export type ListFiles = Readonly<Partial<Record<OptOutScheme, readonly string[]>>>

/** A query of the persons (`_person`) on the lists, read by the caller; null where there is none. Refused objections do not count. */
export function saidNoSql(lists: ListFiles, read: (files: readonly string[]) => Sql): Sql | null {
  const parts = optOutSchemes.flatMap((scheme) => {
    const files = lists[scheme] ?? []
    if (files.length === 0) return []
    const counts = scheme === 'objection' ? rawSql(`"outcome" <> 'refused'`) : rawSql('TRUE')
    return [sql`SELECT "_person" FROM ${read(files)} WHERE "_person" IS NOT NULL AND ${counts}`]
  })
  return parts.length === 0 ? null : joinSql(parts, ' UNION ALL ')
}

/** Key of the Parquet metadata that says of which lists' persons a care file has no row. */
export const clearOfKey = 'openfdp_clear_of'

/** Of those whose rows are all about persons on the lists. */
export const listedByKey = 'openfdp_listed_by'

/** What a care file says of the lists in force when it was written; one that says otherwise is held against them again. */
export function clearOf(manifestOf: (object: string) => string | null): string {
  return sha256Hex(
    canonicalJson(Object.fromEntries(Object.values(optOutLists).map((name) => [name, manifestOf(name)]))),
  )
}
