import { join } from 'node:path'
import { openFileBlobs } from '#adapters/blobs-fs'
import { openDuckdbEngine } from '#adapters/engine-duckdb'
import { createKeys, openKeys } from '#adapters/keys-file'
import { openLakeFs } from '#adapters/lake-fs'
import { openFolderLedgerStore } from '#adapters/ledger-fs'
import { openVaultFs } from '#adapters/vault-fs'
import { objectType } from '#contracts'
import type { FlowDeps, Submission } from '#flows'
import { emptyCatalogue, emptyState, fold, foldCatalogue } from '#governance'
import {
  addMs,
  type Clock,
  type DateOnly,
  type EntryIndex,
  joinSql,
  literal,
  sql,
  systemClock,
  systemRandom,
} from '#kernel'
import { openLedger } from '#ledger'
import { adapters } from '../src/adapters.ts'
import {
  clerk,
  clerkInput,
  dayMs,
  dpiaInput,
  entryOf,
  grantInput,
  ods,
  opening,
  policies,
  purposeInput,
  switchedOnFrom,
  tenant,
} from './governed-tenant.ts'

/*
 * A tenant on disk with real adapters, for tests of flows and of what follows them: controllers RJ1 and RXX, and a
 * clerk who may submit the object types below.
 */
export const submitted = [
  'Patient',
  'RttPeriod',
  'PatientPathway',
  'CancerPathway',
  'CancerTrackingComment',
  'Site',
  'RttReturn',
  'NationalDataOptOut',
] as const
export const asAt = '2026-01-31' as DateOnly

export interface FlowTenant extends AsyncDisposable {
  readonly deps: FlowDeps
  readonly folder: string
  close(): Promise<void>
}

/** Makes the keys and writes who governs whom. */
export async function makeFlowTenant(
  folder: string,
  clock: Clock = systemClock,
  objects: readonly string[] = submitted,
): Promise<void> {
  await createKeys(join(folder, 'keys'), tenant, systemRandom)
  await using made = await openFlowTenant(folder, clock)
  const { ledger } = made.deps
  const at = clock.now()
  const claims = dpiaInput.claims.map((claim) => ({ ...claim, objects: [...objects] }))
  const events = [
    entryOf('governance.tenant-opened', opening),
    entryOf('governance.organisation-registered', { by: opening.by, id: ods('RXX'), name: 'Another trust' }),
    entryOf('governance.person-registered', { ...clerkInput, from: at }),
    entryOf('governance.purpose-registered', purposeInput),
    switchedOnFrom(at),
    entryOf('governance.dpia-approved', { ...dpiaInput, effectiveFrom: at, claims }),
    ...objects.map((object) =>
      entryOf('governance.grant-approved', {
        ...grantInput,
        id: `submit-${object.toLowerCase()}`,
        action: 'submit',
        object,
        columns: objectType(object).properties.map(({ name }) => name),
        level: 'identifiable',
        rows: { controllers: [ods('RJ1'), ods('RXX')], where: [] },
        from: at,
        until: addMs(at, 30 * dayMs),
      }),
    ),
  ]
  for (const event of events) await ledger.append(event)
}

export async function openFlowTenant(
  folder: string,
  clock: Clock = systemClock,
  overrides: Partial<FlowDeps> = {},
): Promise<FlowTenant> {
  const random = systemRandom
  const keys = await openKeys(join(folder, 'keys'), tenant)
  const store = await openFolderLedgerStore(join(folder, 'ledger'))
  const ledger = await openLedger({ store, keys, clock, random, origin: 'rj1.openfdp.example/ledger' })
  let state = emptyState(tenant)
  let catalogue = emptyCatalogue()
  for await (const entry of ledger.entries()) {
    state = fold(state, entry)
    catalogue = foldCatalogue(catalogue, entry)
  }
  ledger.onAppend((entry) => {
    state = fold(state, entry)
    catalogue = foldCatalogue(catalogue, entry)
  })
  const deps: FlowDeps = {
    ...{ tenant, ledger, keys, clock, random },
    lake: await openLakeFs({ root: join(folder, 'lake'), clock }),
    vault: await openVaultFs({ root: join(folder, 'vault'), keys, clock, random }),
    blobs: await openFileBlobs(join(folder, 'blobs'), keys, random),
    destroyBackupKeys: async () => {},
    openEngine: openDuckdbEngine,
    engine: { memoryLimitMb: 1_024, threads: 1 },
    readers: adapters.readers,
    governance: { state: () => state, catalogue: () => catalogue, policies },
    tenantKind: 'trust',
    controllerPolicy: { controllers: 'all', numberWithoutStatus: 'verified', testNumbersAllowed: true },
    ...overrides,
  }
  const close = () => ledger.close()
  return { deps, folder, close, [Symbol.asyncDispose]: close }
}

/** A file of the given lines, submitted by the clerk. */
export function submissionOf(object: string, lines: readonly string[], more: Partial<Submission> = {}): Submission {
  const bytes = Buffer.from(`${lines.join('\n')}\n`)
  return {
    object,
    controller: ods('RJ1'),
    asAt,
    source: {
      name: `${object}.csv`,
      bytes: bytes.length,
      async *open() {
        yield bytes
      },
    },
    subject: clerk,
    purpose: purposeInput.id,
    ...more,
  }
}

/** What the lake now holds of an object type, read past the gate: for tests only. */
export async function lakeRows(tenant: FlowTenant, object: string): Promise<Record<string, unknown>[]> {
  const manifest = tenant.deps.governance.catalogue().lakeManifest(object)
  if (manifest === null) return []
  const { files } = await tenant.deps.lake.version(manifest)
  const paths = files.map(({ path }) => literal(join(tenant.folder, 'lake', path)))
  await using engine = await openDuckdbEngine({ memoryLimitMb: 512, threads: 1, tempDirectory: null })
  return await engine.rows(
    sql`SELECT * REPLACE (_key::VARCHAR AS _key, _person::VARCHAR AS _person)
      FROM read_parquet([${joinSql(paths, ', ')}], hive_partitioning = false, union_by_name = true) ORDER BY _controller, _key`,
  )
}

/** One table of the vault as it now is, read past the gate: for tests only. */
export async function vaultRows(tenant: FlowTenant, table: string, columns: readonly string[]): Promise<string[][]> {
  const { governance, vault, ledger } = tenant.deps
  const manifest = governance.catalogue().vaultManifest()
  if (manifest === null) return []
  await using lease = await vault.lease(manifest, (ledger.size - 1) as EntryIndex)
  const rows: string[][] = []
  for await (const block of lease.blocks(table, columns)) {
    const values = block.columns.map((json) => JSON.parse(json) as string[])
    for (let i = 0; i < block.rows; i++) rows.push(values.map((column) => column[i]!))
  }
  return rows
}
