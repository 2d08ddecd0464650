import { existsSync } from 'node:fs'
import { mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type FlowDeps, gpFacts, type Mapping } from '#flows'
import { Edits, type Gate, openGate } from '#gate'
import {
  type AccessRow,
  accessView,
  emptyCatalogue,
  emptyState,
  fold,
  foldCatalogue,
  type PolicyEngine,
} from '#governance'
import { canonicalJson, type FdpError, isFdpError, writeFormat } from '#kernel'
import { formatVerifierKey, type Ledger, makeVerifierKey, noteAlgorithms, openLedger } from '#ledger'
import type { BlobStore, Keys, Lake, Vault } from '#ports'
import type { Adapters } from './adapters.ts'
import { BackupKeys } from './backup-keys.ts'
import { destroyUnnamed } from './backup-sources.ts'
import type { Config } from './config.ts'
import { nodeErrors } from './errors.ts'
import { type HeldLedger, heldLedger } from './held-ledger.ts'
import { closeMessages, eraseFromMessages } from './messages.ts'
import { readModels, registerApproved } from './models.ts'
import { ledgerOrigin, profileFormat, readProfile, type TenantProfile } from './profile.ts'
import { StaffPatients } from './staff-patients.ts'
import { openTenantWitness, type TenantWitness } from './witnessing.ts'

/** One organisation's tenant, open for writing: its own keys, ledger, lake, vault and policies. */
export interface Tenant extends AsyncDisposable {
  readonly profile: TenantProfile
  readonly folder: string
  readonly keys: Keys
  readonly ledger: Ledger
  readonly lake: Lake
  readonly vault: Vault
  readonly blobs: BlobStore
  /** By which backups are opened, one for each file. */
  readonly backupKeys: BackupKeys
  readonly gate: Gate
  /** This tenant as witness of the others. */
  readonly witness: TenantWitness
  readonly governance: FlowDeps['governance']
  /** What actions edited and the sources do not have yet. */
  readonly edits: Edits
  /** What #flows needs to take a submission in. */
  readonly flows: FlowDeps
  /** Which members of staff are patients here. */
  readonly staff: StaffPatients
  readonly quiet: HeldLedger['quiet']
  /** Who can see what at this moment: every grant evaluated by the policies that enforce. */
  accessNow(): readonly AccessRow[]
  /** Why reads are refused now, or null. */
  standstill(): FdpError | null
  setStandstill(error: FdpError | null): void
  /** Why an acknowledged submission is still waiting to be finished, or null. */
  unfinished(): FdpError | null
  setUnfinished(error: FdpError | null): void
  close(): Promise<void>
}

export interface TenantContext {
  readonly adapters: Adapters
  readonly config: Config
  readonly policies: PolicyEngine
  /** Every mapping of the products that are loaded. */
  readonly mappings: readonly Mapping[]
  /** Verifier keys of the witnesses whose cosignatures this tenant takes. */
  readonly witnesses: readonly string[]
}

/**
 * Makes the folder, the keys and the profile of a new tenant; the profile comes last and makes it one. Its first ledger
 * entry is written when it is opened. FDP_NODE_TENANT_EXISTS.
 */
export async function createTenant(
  folder: string,
  plan: Pick<TenantProfile, 'id' | 'name' | 'kind' | 'controller' | 'synthetic'>,
  adapters: Adapters,
): Promise<void> {
  if (existsSync(join(folder, 'tenant.json'))) throw nodeErrors('FDP_NODE_TENANT_EXISTS', { tenant: plan.id })
  await mkdir(folder, { recursive: true, mode: 0o700 })
  // Keys are there, and no profile, where this was cut off half-way.
  const keys = join(folder, 'keys')
  const { publicKey } = await (existsSync(keys) ? adapters.openKeys : adapters.createKeys)(keys, plan.id)
  const vkey = formatVerifierKey(makeVerifierKey(ledgerOrigin(plan.id), noteAlgorithms.ed25519, publicKey))
  const { id, name, kind, controller, synthetic } = plan
  const document = writeFormat(profileFormat, {
    id,
    name,
    kind,
    controller,
    synthetic,
    vkey,
  } as unknown as TenantProfile)
  await writeFile(join(folder, 'tenant.json.tmp'), `${canonicalJson(document)}\n`, { flush: true })
  await rename(join(folder, 'tenant.json.tmp'), join(folder, 'tenant.json'))
}

/** Opens keys, ledger and stores, and folds the whole ledger into the state that decides from then on (law 7). */
export async function openTenant(folder: string, context: TenantContext): Promise<Tenant> {
  const { adapters, config } = context
  const { clock, random, openEngine } = adapters
  const profile = await readProfile(folder)
  // The types that they make have to be known before anything in the ledger names them.
  readModels({ folder })
  const keys = await adapters.openKeys(join(folder, 'keys'), profile.id)
  const store = await adapters.openLedgerStore(join(folder, 'ledger'))
  let standstill: FdpError | null = null
  let unfinished: FdpError | null = null
  const opened = await openLedger({
    store,
    keys,
    clock,
    random,
    origin: ledgerOrigin(profile.id),
    witnesses: context.witnesses,
    // A tenant that was opened before has a ledger; an empty folder in its place is damage, not a beginning.
    mustExist: existsSync(join(folder, 'lake')),
  })
  const { ledger, quiet } = heldLedger(opened, () => standstill)
  const refused = () => standstill ?? whyStopped(opened)
  const staff = new StaffPatients()
  const edits = new Edits()
  const governance = await foldLedger(ledger, profile, context.policies, staff, edits)
  registerApproved(governance.state())
  await edits.load(ledger)
  const lake = await adapters.openLake(join(folder, 'lake'))
  const vault = await adapters.openVault(join(folder, 'vault'), keys)
  const blobs = await adapters.openBlobs(join(folder, 'blobs'), keys)
  const backupKeys = await BackupKeys.open(join(folder, 'keys'), keys, random)
  const tenant = profile.id
  const { memoryLimitMb, threads } = config.engine
  // What a process that was killed had spilled, under a key that went with it, and copies that it had sorted.
  for (const left of ['spill', 'sorted']) await rm(join(folder, left), { recursive: true, force: true })

  const gate = openGate({
    ...{ tenant, ledger, lake, vault, keys, clock, random, governance, openEngine },
    engine: { memoryLimitMb, threads, tempDirectory: join(folder, 'spill') },
    sortedCopies: { folder: join(folder, 'sorted'), rowsMin: config.engine.sortedCopiesFromRows },
    covers: profile.kind === 'national' ? 'national' : 'subnational',
    stricterOptOuts: () => governance.state().stricterOptOuts,
    staffPersons: () => staff.all(ledger),
    edits,
    standstill: refused,
  })
  const flows: FlowDeps = {
    ...{ tenant, ledger, lake, vault, blobs, keys, openEngine, governance, clock, random, readers: adapters.readers },
    // What this ledger does not name may be in a later one that the witnesses know.
    destroyBackupKeys: async () => (refused() ? undefined : await destroyUnnamed(flows, folder, backupKeys)),
    tenantKind: profile.kind,
    ...gpFacts(governance.state),
    controllerPolicy: {
      controllers: 'all',
      // Numbers of the test range are a warning anywhere but among people who do not exist.
      testNumbersAllowed: profile.synthetic,
      numberWithoutStatus: config.flows.numbersCountAsVerified ? 'verified' : 'unverified',
    },
    engine: { memoryLimitMb, threads },
    mappings: context.mappings,
    eraseElsewhere: (who) => eraseFromMessages({ adapters }, whole, who),
  }
  const witness = await openTenantWitness(folder, { profile, keys }, adapters)
  const view = accessView(context.policies)
  const close = async () => {
    await closeMessages(whole)
    await gate.close()
    await ledger.close()
  }
  const whole: Tenant = {
    ...{ profile, folder, keys, ledger, lake, vault, blobs, backupKeys, gate, witness, governance, flows },
    ...{ quiet, staff, edits, close },
    accessNow: () => view.at(governance.state(), clock.now()),
    standstill: refused,
    setStandstill: (error) => {
      standstill = error
    },
    unfinished: () => unfinished,
    setUnfinished: (error) => {
      unfinished = error
    },
    [Symbol.asyncDispose]: close,
  }
  return whole
}

async function foldLedger(
  ledger: Ledger,
  profile: TenantProfile,
  policies: PolicyEngine,
  staff: StaffPatients,
  edits: Edits,
): Promise<FlowDeps['governance']> {
  let state = emptyState(profile.id)
  let catalogue = emptyCatalogue()
  for await (const entry of ledger.entries()) {
    staff.take(state, entry)
    edits.take(entry)
    state = fold(state, entry)
    catalogue = foldCatalogue(catalogue, entry)
  }
  ledger.onAppend((entry) => {
    staff.take(state, entry)
    edits.take(entry)
    state = fold(state, entry)
    catalogue = foldCatalogue(catalogue, entry)
  })
  return { state: () => state, catalogue: () => catalogue, policies }
}

/** A ledger that could not store an entry gives out nothing any more, its checkpoint included. */
function whyStopped(ledger: Ledger): FdpError | null {
  try {
    ledger.checkpoint()
    return null
  } catch (error) {
    if (isFdpError(error)) return error
    throw error
  }
}
