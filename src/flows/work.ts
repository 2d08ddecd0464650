import type { ObjectType } from '#contracts'
import { ident, type Sql, sql } from '#kernel'
import type { Engine } from '#ports'
import type { RecordKeySecrets } from '#privacy'
import type { Walk } from './life.ts'
import type { Acknowledged, FlowDeps, Mapping } from './submission.ts'

/**
 * One submission being worked on: its own engine, which never spills to disk, and the tables in it.
 *   raw, mapped   the file as texts
 *   findings      _row, rule, severity, property: what broke which rule
 *   persons       _row, person_key, patient_key: who each row is about
 *   typed         rows to publish: `_row`, `_key`, `_person`, `_patient` (record key of the Patient row) and every property
 */
export interface Work {
  readonly deps: FlowDeps
  readonly received: Acknowledged
  readonly mapping: Mapping | null
  readonly type: ObjectType
  readonly engine: Engine
  readonly secrets: RecordKeySecrets
  readonly walk: Walk
}

/** The file in the engine, under the contract's names. */
export interface Texts {
  readonly table: Sql
  /** Property name → column of the table. */
  readonly columns: ReadonlyMap<string, string>
  readonly rows: number
}

/** Gives the memory of everything that only the checks needed back before the split. */
export async function dropTexts({ engine }: Pick<Work, 'engine'>): Promise<void> {
  for (const table of ['raw', 'mapped', 'incoming', 'fresh', 'decided', 'identity', 'persons']) {
    await engine.execute(sql`DROP TABLE IF EXISTS ${ident(table)}`)
  }
}
