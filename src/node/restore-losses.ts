import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { objectTypes } from '#contracts'
import { flowLog, recordPurged } from '#flows'
import { type Catalogue, emptyCatalogue, foldCatalogue } from '#governance'
import { type DateOnly, type JsonObject, type OdsCode, parseTenantId } from '#kernel'
import { closedDetails, type Ledger, openLedger } from '#ledger'
import type { Keys, Lake, LakeFile, Vault, VaultSegment } from '#ports'
import type { Adapters } from './adapters.ts'
import type { BackupDocument } from './backup-document.ts'
import type { Destroyed } from './backup-keys.ts'
import { idOf } from './backup-sources.ts'
import { ledgerOrigin } from './profile.ts'

/** Something in a backup that nobody opens any more. */
export interface Lost {
  /** `messages`: a segment of a log of messages; that dock takes nothing any more. */
  readonly kind: 'lake' | 'vault' | 'blobs' | 'details' | 'messages' | 'other'
  /** Of files of the lake: of which object type; of segments that were current: whose table. */
  readonly object: string | null
  readonly id: string
  /** Whether the ledger of the backup makes it current. */
  readonly isCurrent: boolean
  /** Null: the keys do not say. */
  readonly why: Destroyed | null
}

interface Opening {
  readonly adapters: Adapters
  readonly keys: Keys
}

/** What a restored folder lacks: files that were closed, and details whose key is not there, by file of the ledger. */
export async function lostOf(
  folder: string,
  document: BackupDocument,
  {
    closed,
    details,
    why,
    adapters,
    keys,
  }: Opening & {
    readonly closed: readonly string[]
    readonly details: readonly string[]
    why(source: string): Destroyed | null
  },
): Promise<readonly Lost[]> {
  const lake = await adapters.openLake(join(folder, 'lake'))
  const vault = await adapters.openVault(join(folder, 'vault'), keys)
  const current = new Set<string>()
  for (const manifest of Object.values(document.versions.lake))
    for (const { path } of (await lake.version(manifest)).files) current.add(`lake/${path}`)
  const segments = document.versions.vault === null ? [] : (await vault.version(document.versions.vault)).segments
  const tables = new Map(segments.map(({ id, table }) => [id, table]))
  const sources = new Map(document.files.map(({ path, sealed }) => [path, sealed?.source ?? path]))
  const lost = new Map<string, Lost>()
  for (const path of closed) {
    const each = describe(path, current, tables)
    // A segment and its key are one loss.
    lost.set(`${each.kind} ${each.id}`, { ...each, why: why(sources.get(path)!) })
  }
  for (const path of details) {
    for (const index of closedDetails(path, await readFile(join(folder, 'ledger', path)))) {
      lost.set(`details ${index}`, { kind: 'details', object: null, id: String(index), isCurrent: false, why: null })
    }
  }
  return [...lost.values()]
}

function describe(path: string, current: ReadonlySet<string>, tables: ReadonlyMap<string, string>): Omit<Lost, 'why'> {
  const [store, object = null] = path.split('/')
  const id = idOf(path)
  if (store === 'lake') return { kind: 'lake', object, id: path.slice('lake/'.length), isCurrent: current.has(path) }
  if (store === 'vault') return { kind: 'vault', object: tables.get(id) ?? null, id, isCurrent: tables.has(id) }
  if (store === 'blobs') return { kind: 'blobs', object: null, id, isCurrent: false }
  return { kind: store === 'messages' ? 'messages' : 'other', object: null, id: path, isCurrent: false }
}

/**
 * Puts what is lost on record in the restored ledger: details as erased, older versions and blobs as purged; of what was
 * current, versions of what is left take the place (`data.lost`), and whoever reads a type of which something is lost is
 * refused until its controller has sent it again. With the identities, that is every type about people.
 */
export async function recordLosses(
  folder: string,
  document: BackupDocument,
  { adapters, keys, lost }: Opening & { readonly lost: readonly Lost[] },
): Promise<void> {
  if (lost.length === 0) return
  const { clock, random } = adapters
  const store = await adapters.openLedgerStore(join(folder, 'ledger'))
  const origin = ledgerOrigin(parseTenantId(document.tenant))
  const ledger = await openLedger({ store, keys, clock, random, origin, mustExist: true })
  try {
    const lake = await adapters.openLake(join(folder, 'lake'))
    const vault = await adapters.openVault(join(folder, 'vault'), keys)
    const ids = (kind: Lost['kind']) => new Set(lost.filter((each) => each.kind === kind).map(({ id }) => id))
    for (const index of ids('details'))
      await ledger.eraseDetail(Number(index), 'its key was destroyed before this ledger was restored')
    const gone: Gone = { lake: ids('lake'), vault: ids('vault') }
    const before = await catalogueOf(ledger)
    const without = await versionsWithout(before, { lake, vault }, gone)
    if (without) await ledger.append({ type: 'data.lost', governance: without })
    const named = before.namedManifests()
    const lakes = await broken(
      named.lake,
      async (each) => (await lake.version(each)).files.map(({ path }) => path),
      gone.lake,
    )
    const vaults = await broken(
      named.vault,
      async (each) => (await vault.version(each)).segments.map(({ id }) => id),
      gone.vault,
    )
    const blobs = [...(await flowLog(ledger)).blobs].filter((blob) => ids('blobs').has(blob))
    await recordPurged(
      { ledger },
      { rule: 'restored' },
      { lake: lakes, vault: vaults, blobs: blobs.map((blob) => ({ blob, now: null })) },
    )
  } finally {
    await ledger.close()
  }
}

interface Gone {
  readonly lake: ReadonlySet<string>
  readonly vault: ReadonlySet<string>
}

async function catalogueOf(ledger: Ledger): Promise<Catalogue> {
  let catalogue = emptyCatalogue()
  for await (const entry of ledger.entries()) catalogue = foldCatalogue(catalogue, entry)
  return catalogue
}

async function broken(
  manifests: readonly string[],
  partsOf: (manifest: string) => Promise<readonly string[]>,
  gone: ReadonlySet<string>,
): Promise<string[]> {
  const found: string[] = []
  for (const each of manifests) if ((await partsOf(each)).some((part) => gone.has(part))) found.push(each)
  return found
}

/** Seals versions of what is left of the current ones; null where all of them are whole. */
async function versionsWithout(
  catalogue: Catalogue,
  { lake, vault }: { readonly lake: Lake; readonly vault: Vault },
  gone: Gone,
): Promise<JsonObject | null> {
  const lakes: JsonObject[] = []
  const lost = new Map<string, JsonObject>()
  const isLost = (object: string, controller: string) => lost.set(`${object} ${controller}`, { object, controller })
  for (const manifest of catalogue.currentLakes()) {
    const { object, files } = await lake.version(manifest)
    const missing = files.filter(({ path }) => gone.lake.has(path))
    if (missing.length === 0) continue
    for (const { controller } of missing) isLost(object, controller)
    const sealed = await lake.seal({
      ...aboutOf(missing[0]!, object),
      keep: files.filter((each) => !missing.includes(each)),
    })
    lakes.push({ object, lake: sealed.manifestSha256, replaces: manifest })
  }
  const current = catalogue.vaultManifest()
  const segments = current === null ? [] : (await vault.version(current)).segments
  const missing = segments.filter(({ id }) => gone.vault.has(id))
  for (const { table, controller } of missing)
    for (const object of typesOf(table, catalogue, controller)) isLost(object, controller)
  if (lakes.length === 0 && missing.length === 0) return null
  const left = segments.filter((each: VaultSegment) => !missing.includes(each))
  const sealed = missing.length === 0 ? null : (await vault.seal(left)).manifestSha256
  return { version: 1, lakes, vault: sealed, replaces: { vault: current }, lost: [...lost.values()] }
}

function aboutOf({ controller, asAt }: LakeFile, object: string) {
  return { object, controller: controller as OdsCode, asAt: asAt as DateOnly, staged: null, rows: 0 }
}

/** Whose rows hang on a table: without identities, those of every type about people that the controller sent. */
function typesOf(table: string, catalogue: Catalogue, controller: string): readonly string[] {
  if (table !== 'identity') return [table]
  return objectTypes().flatMap(({ name, personLevel }) =>
    personLevel && catalogue.publication(name, controller) !== null ? [name] : [],
  )
}
