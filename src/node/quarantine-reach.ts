import { readOf } from '#audit'
import type { SubmissionReport } from '#flows'
import type { Tenant } from './tenant.ts'

/**
 * Which rows in quarantine a read reaches, by the grant that its entry names. Nobody knows whose such a row is, so a grant
 * for one patient or one record, for other controllers' rows or for rows by their values reaches none; a look at one row
 * of this submission reaches that row. Asked after the entry, so that it speaks of the grant that was decided by.
 */
export async function quarantineReach(
  { ledger, governance }: Pick<Tenant, 'ledger' | 'governance'>,
  entry: number,
  { submission, controller, object }: SubmissionReport,
): Promise<(row: number) => boolean> {
  const { relations } = readOf(await ledger.entry(entry))
  const scopes = Object.values(relations).map(({ grant }) => governance.state().grants.get(grant)?.rows)
  const [rows] = scopes
  if (!rows || scopes.length !== 1) return () => false
  if (rows.only) {
    const detail = await ledger.detail(rows.only.entry)
    const opened = detail.state === 'present' ? detail.detail : {}
    return (row) => opened.quarantine === submission && opened.object === object && opened.row === row
  }
  const isWhole = rows.controllers === 'all' || rows.controllers.includes(controller)
  return () => isWhole && rows.where.length === 0
}
