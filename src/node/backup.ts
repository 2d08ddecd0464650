import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { emptyCatalogue, foldCatalogue } from '#governance'
import { canonicalJson, type FormatSpec, type JsonObject, readFormat, toBase64, writeFormat } from '#kernel'
import { verifyLedger } from '#ledger'
import type { Adapters } from './adapters.ts'
import { nodeErrors } from './errors.ts'
import type { Tenant } from './tenant.ts'
import { type CopiedFile, copyDurably, describeFile, filesBelow } from './tree-copy.ts'

/** `backup.json` of a backed-up tenant: what is in it and what its ledger said then, signed by the tenant. */
export interface BackupDocument extends JsonObject {
  readonly tenant: string
  readonly checkpoint: string
  readonly vkey: string
  readonly withKeys: boolean
  readonly files: readonly (CopiedFile & JsonObject)[]
  /** Ed25519 over the canonical JSON of everything else, base64. */
  readonly signature: string
}

export const backupFormat: FormatSpec<BackupDocument> = {
  format: 'openfdp/backup',
  version: 1,
  migrations: {},
  check: (document) => {
    const { tenant, checkpoint, vkey, files } = document
    if (![tenant, checkpoint, vkey].every((text) => typeof text === 'string') || !Array.isArray(files)) {
      throw nodeErrors('FDP_NODE_BACKUP_DAMAGED', { what: 'its list of contents cannot be read' })
    }
    return document as BackupDocument
  },
}

const attemptsMax = 5
/** What is made again at need, or belongs to this machine. */
const leftOut = /^(spill\/|ledger\/lock|lock|lake\/\.staging\/|.*\.tmp$)/

export interface BackupReport {
  readonly tenant: string
  readonly files: number
  readonly bytes: number
  readonly entries: number
}

/**
 * Writes a tenant's folder to an empty one and proves the copy: the ledger verifies, and every lake and vault version
 * that it names is there byte for byte. Keys only if asked: kept apart, a copy without them tells nobody anything.
 */
export async function backupTenant(
  tenant: Tenant,
  to: string,
  options: { withKeys: boolean },
  adapters: Adapters,
): Promise<BackupReport> {
  await mkdir(to, { recursive: true, mode: 0o700 })
  if ((await readdir(to)).length > 0) throw nodeErrors('FDP_NODE_FOLDER_NOT_EMPTY')
  // The ledger first: files that it names were there before the entry was, and are never changed.
  const ledger = await copyLedger(tenant, to, adapters)
  const rest = (await filesBelow(tenant.folder)).filter(
    (path) => !path.startsWith('ledger/') && !leftOut.test(path) && (options.withKeys || !path.startsWith('keys/')),
  )
  const files: CopiedFile[] = [...ledger.files]
  for (const path of rest) files.push(await copyDurably(tenant.folder, to, path))
  const { vkey } = tenant.ledger
  const body = {
    tenant: tenant.profile.id as string,
    checkpoint: ledger.checkpoint,
    vkey,
    withKeys: options.withKeys,
    files,
  }
  const signature = toBase64(tenant.keys.sign(Buffer.from(canonicalJson(JSON.parse(JSON.stringify(body))))))
  const document = writeFormat(backupFormat, { ...body, signature } as unknown as BackupDocument)
  await writeFile(join(to, 'backup.json'), `${JSON.stringify(document, null, 1)}\n`, { mode: 0o600, flush: true })
  return {
    tenant: tenant.profile.id,
    files: files.length,
    bytes: files.reduce((sum, file) => sum + file.bytes, 0),
    entries: ledger.entries,
  }
}

/** Copies the ledger until a copy verifies: entries may arrive meanwhile. */
async function copyLedger(tenant: Tenant, to: string, { ledgerReader }: Adapters) {
  for (let attempt = 1; ; attempt++) {
    await tenant.ledger.settle()
    const checkpoint = tenant.ledger.checkpoint()
    const paths = (await filesBelow(join(tenant.folder, 'ledger'))).map((path) => `ledger/${path}`)
    const files: CopiedFile[] = []
    for (const path of paths.filter((each) => !leftOut.test(each))) {
      files.push(await copyDurably(tenant.folder, to, path))
    }
    const report = await verifyLedger(ledgerReader(join(to, 'ledger')), tenant.ledger.vkey)
    if (report.ok) return { files, checkpoint, entries: report.size }
    if (attempt === attemptsMax) throw nodeErrors('FDP_NODE_BACKUP_DAMAGED', { what: 'the ledger never stood still' })
  }
}

/** Reads and checks the list of contents against the files, then the ledger against what it names. */
export async function checkBackup(folder: string, { ledgerReader }: Adapters): Promise<BackupDocument> {
  const text = await readFile(join(folder, 'backup.json'), 'utf8').catch(() => {
    throw nodeErrors('FDP_NODE_BACKUP_DAMAGED', { what: 'there is no `backup.json` in the folder' })
  })
  const document = readFormat(backupFormat, JSON.parse(text))
  for (const listed of document.files) {
    const found = await describeFile(folder, listed.path).catch(() => null)
    if (found?.sha256 !== listed.sha256) {
      throw nodeErrors('FDP_NODE_BACKUP_DAMAGED', { what: `the file \`${listed.path}\` is not as it was` })
    }
  }
  const report = await verifyLedger(ledgerReader(join(folder, 'ledger')), document.vkey)
  if (!report.ok) {
    throw nodeErrors('FDP_NODE_BACKUP_DAMAGED', {
      what: `the ledger does not verify: ${report.findings[0]?.what ?? ''}`,
    })
  }
  return document
}

/** Whether lake and vault hold, byte for byte, every version that the ledger makes current. Returns what does not. */
export async function storesAgree(tenant: Pick<Tenant, 'ledger' | 'lake' | 'vault'>): Promise<string[]> {
  let catalogue = emptyCatalogue()
  for await (const entry of tenant.ledger.entries()) catalogue = foldCatalogue(catalogue, entry)
  const objects = new Set(catalogue.publications().map((publication) => publication.object))
  const wrong: string[] = []
  for (const object of objects) {
    const manifest = catalogue.lakeManifest(object)
    if (manifest === null) continue
    const differing = await tenant.lake.verify(manifest).catch(() => [`the manifest of ${object}`])
    wrong.push(...differing.map((path) => `lake: ${path}`))
  }
  const vault = catalogue.vaultManifest()
  if (vault !== null) {
    const differing = await tenant.vault.verify(vault).catch(() => ['the manifest'])
    wrong.push(...differing.map((id) => `vault: ${id}`))
  }
  return wrong
}
