import { joinSql, literal, type Sql, sql } from '#kernel'
import type { Engine, Lake } from '#ports'
import {
  clearOf,
  clearOfKey,
  type ListFiles,
  listedByKey,
  type OptOutScheme,
  optOutLists,
  optOutSchemes,
  saidNoSql,
} from '#privacy'
import type { Decided } from './decided.ts'
import { shownCount } from './opt-outs.ts'

/** How many persons each list took out of the version that was read. */
export type ExcludedCounts = Readonly<Partial<Record<OptOutScheme, number | '<8'>>>

const rememberedMax = 10_000

interface Remembered {
  /** What each care file says of itself; files never change. */
  readonly says: Map<string, string | null>
  /** By care version and list version. */
  readonly counts: Map<string, number>
}

const byLake = new WeakMap<Lake, Remembered>()

/** What is known of immutable files; no decision is. */
export function remembered(lake: Lake): Remembered {
  let known = byLake.get(lake)
  if (!known || known.says.size > rememberedMax || known.counts.size > rememberedMax) {
    known = { says: new Map(), counts: new Map() }
    byLake.set(lake, known)
  }
  return known
}

export interface SortedFiles {
  /** Written without a row of anybody on the lists in force now: nobody to be looked for. */
  readonly clear: readonly string[]
  /** Written with rows of nobody else. */
  readonly listed: readonly string[]
  /** Everything else: written before the lists that are in force. */
  readonly mixed: readonly string[]
}

/** The leased files by what they say of the lists in force now, whichever version they belong to. */
export async function sortFiles(
  engine: Engine,
  { says: known }: Remembered,
  files: readonly string[],
  catalogue: Decided['catalogue'],
): Promise<SortedFiles> {
  const unknown = files.filter((file) => !known.has(file))
  if (unknown.length > 0) {
    const paths = joinSql(unknown.map(literal), ', ')
    const rows = await engine.rows(sql`SELECT file_name, decode(key) || ' ' || decode(value) AS says
      FROM parquet_kv_metadata([${paths}]) WHERE decode(key) IN (${clearOfKey}, ${listedByKey})`)
    for (const file of unknown) known.set(file, null)
    for (const { file_name: file, says } of rows) known.set(String(file), String(says))
  }
  const now = clearOf((object) => catalogue.lakeManifest(object))
  const saying = (key: string) => files.filter((file) => known.get(file) === `${key} ${now}`)
  const [clear, listed] = [saying(clearOfKey), saying(listedByKey)]
  return { clear, listed, mixed: files.filter((file) => !clear.includes(file) && !listed.includes(file)) }
}

/** Whether every list in force takes people out of this read: then nothing of the listed files is left. */
export function everyListApplies(lists: ListFiles, catalogue: Decided['catalogue']): boolean {
  return optOutSchemes.every((scheme) => lists[scheme] || catalogue.lakeManifest(optOutLists[scheme]) === null)
}

export function careFiles(files: readonly string[]): Sql {
  return sql`read_parquet([${joinSql(files.map(literal), ', ')}], hive_partitioning = false)`
}

/** Counted once for each pair of versions. */
export async function countExcluded(
  engine: Engine,
  { counts }: Remembered,
  lake: { readonly manifest: string; readonly files: SortedFiles },
  lists: { readonly manifests: Readonly<Partial<Record<OptOutScheme, string>>>; readonly files: ListFiles },
): Promise<ExcludedCounts> {
  const others = [...lake.files.listed, ...lake.files.mixed]
  const found: Partial<Record<OptOutScheme, number | '<8'>> = {}
  for (const [scheme, manifest] of Object.entries(lists.manifests) as [OptOutScheme, string][]) {
    const id = `${lake.manifest}/${manifest}`
    const persons = saidNoSql({ [scheme]: lists.files[scheme] ?? [] }, careFiles)
    if (!counts.has(id) && persons && others.length > 0) {
      const [row] = await engine.rows(sql`SELECT count(DISTINCT "_person") AS persons
        FROM ${careFiles(others)} WHERE "_person" IN (${persons})`)
      counts.set(id, Number(row?.persons))
    }
    found[scheme] = shownCount(counts.get(id) ?? 0)
  }
  return found
}
