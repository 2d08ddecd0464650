import { existsSync } from 'node:fs'
import { chmod, mkdir, readdir, realpath, rm } from 'node:fs/promises'
import { join, sep } from 'node:path'
import type { Session } from '#gate'
import { canonicalJson, type EntryIndex, sha256Hex, toBase64, writeFormat } from '#kernel'
import { nodeErrors } from '../errors.ts'
import type { Tenant } from '../tenant.ts'
import { exportDeclarations } from './declarations.ts'
import { exportErrors } from './errors.ts'
import {
  type ExportedFile,
  type ExportedRows,
  type ExportManifest,
  exportFormat,
  signedManifest,
} from './export-manifest.ts'
import { FileWriter, writeJsonLines, writeText } from './file-writer.ts'
import { exportGovernance, exportLedger } from './history.ts'
import { type Holding, holdingsOf } from './holdings.ts'
import { rowLines } from './object-rows.ts'
import { exportReadme } from './readme.ts'

export const exportedType = 'tenant.exported'

export interface ExportInput {
  readonly tenant: Tenant
  /** Of the person who takes it out, for the purpose that lets them. */
  readonly session: Session
  /** New or empty; made readable by its owner alone. */
  readonly to: string
  readonly home: string
  readonly justification?: string
  progress?(label: string, done: number, total: number): void
}

export interface ExportReport {
  readonly manifestSha256: string
  readonly entry: number
  readonly objects: readonly ExportedRows[]
  readonly files: number
  readonly bytes: number
}

/**
 * Writes everything of a tenant into a folder in open formats (spec/tenant-export.md): rows as CSV with exact values, the
 * ledger as it is, governance as JSON lines, contracts, policies and products. A read of everything by one person of the
 * controller's staff, through the gate, each object type decided and logged; `tenant.exported` says what left. The manifest
 * is written last: without it a folder is no export, and after a failure nothing is left of it.
 * Errors: FDP_EXPORT_*, FDP_NODE_FOLDER_NOT_EMPTY, those of the gate.
 */
export async function exportTenant(input: ExportInput): Promise<ExportReport> {
  const { tenant, session } = input
  checkOwnStaff(tenant, session)
  const asOf = session.now()
  const holdings = await holdingsOf(tenant, session, asOf, input.justification)
  await prepare(input.to, input.home)
  try {
    return await write(input, holdings, asOf)
  } catch (error) {
    for (const name of await readdir(input.to)) await rm(join(input.to, name), { recursive: true, force: true })
    throw error
  }
}

/** Law 8: by the tenant's own act. */
function checkOwnStaff({ governance, profile }: Tenant, { subject }: Session): void {
  const person = governance.state().persons.get(subject)
  if (person?.kind === 'controller-staff' && person.employer === profile.controller) return
  throw exportErrors('FDP_EXPORT_NOT_OWN_STAFF', { tenant: profile.id })
}

async function prepare(to: string, home: string): Promise<void> {
  await mkdir(to, { recursive: true, mode: 0o700 })
  if ((await readdir(to)).length > 0) throw nodeErrors('FDP_NODE_FOLDER_NOT_EMPTY')
  const inside = existsSync(home) && `${await realpath(to)}${sep}`.startsWith(`${await realpath(home)}${sep}`)
  if (inside) throw exportErrors('FDP_EXPORT_INSIDE_HOME')
  await chmod(to, 0o700)
}

async function write(input: ExportInput, holdings: readonly Holding[], asOf: EntryIndex): Promise<ExportReport> {
  const { tenant, session, to } = input
  const files: ExportedFile[] = []
  const objects: ExportedRows[] = []
  let short = 0
  for (const [i, holding] of holdings.entries()) {
    input.progress?.(holding.object, i, holdings.length)
    const { file, rows } = await writeRows(input, holding, asOf)
    if (rows < holding.rowsMin) short++
    const { rowsMin: _, ...described } = holding
    objects.push({ ...described, path: file.path, rows })
    files.push(file)
  }
  input.progress?.('everything else', holdings.length, holdings.length)
  if (short > 0) throw exportErrors('FDP_EXPORT_INCOMPLETE', { objects: short })
  files.push(await writeJsonLines(to, 'edits.jsonl', await session.edits(input.justification)))
  files.push(...(await exportGovernance(tenant, to)))
  files.push(...(await exportDeclarations(to)))
  files.push(await writeText(to, 'README.md', exportReadme))
  files.push(...(await exportLedger(tenant, to)))
  files.sort((a, b) => (a.path < b.path ? -1 : 1))
  const { id, name, kind, controller, synthetic } = tenant.profile
  const body = {
    tenant: { id, name, kind, controller, synthetic },
    ...{ at: tenant.flows.clock.now(), by: session.subject, purpose: session.purpose },
    ...{ asOf, vkey: tenant.ledger.vkey, objects, files },
  } as unknown as Omit<ExportManifest, 'format' | 'version' | 'signature'>
  const signature = toBase64(tenant.keys.sign(signedManifest(body)))
  const text = `${canonicalJson(writeFormat(exportFormat, { ...body, signature } as unknown as ExportManifest))}\n`
  const manifestSha256 = sha256Hex(text)
  const rows = objects.reduce((sum, each) => sum + each.rows, 0)
  const { index } = await tenant.ledger.append({
    type: exportedType,
    governance: {
      ...{ version: 1, by: session.subject, purpose: session.purpose, asOf, manifestSha256 },
      ...{ files: files.length, objects: Object.fromEntries(countByObject(objects)), rows },
    },
  })
  await writeText(to, 'manifest.json', text)
  const bytes = files.reduce((sum, file) => sum + file.bytes, 0)
  return { manifestSha256, entry: index, objects, files: files.length, bytes }
}

async function writeRows({ session, to, justification }: ExportInput, holding: Holding, asOf: EntryIndex) {
  const { object, controller, columns } = holding
  await using file = await FileWriter.open(to, `objects/${object}/${controller}.csv`)
  let rows = 0
  const asked = { object, controller, columns, asOf, ...(justification === undefined ? {} : { justification }) }
  for await (const lines of rowLines(session, asked)) {
    await file.write(lines.text)
    rows += lines.rows
  }
  return { file: await file.end(), rows }
}

function countByObject(objects: readonly ExportedRows[]): Map<string, number> {
  const counts = new Map<string, number>()
  for (const { object, rows } of objects) counts.set(object, (counts.get(object) ?? 0) + rows)
  return counts
}
