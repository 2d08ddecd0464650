import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type SubmissionReport, submit } from '#flows'
import type { Question, ReadResult, Session } from '#gate'
import { approveGrant, type Grant, type GrantInput, type Input, sign } from '#governance'
import {
  addDays,
  addMs,
  type DateOnly,
  dateOf,
  type JsonObject,
  type PurposeId,
  parseSubjectId,
  type SubjectId,
} from '#kernel'
import type { LedgerEntry } from '#ledger'
import { type Adapters, createTenant, type FdpNode, openNode, type Tenant } from '#node'
import { csvSource, economyPlan, seedTenant, type TenantPlan } from '#synthetic'
import { adapters as realAdapters } from '../src/adapters.ts'
import { keptHome } from './kept-home.ts'
import { type Row, type WorldObject, type WorldRows, worldRows } from './world-rows.ts'

/*
 * A node as it really is (adapters, engines, files) on a temporary folder, with the people, purposes and grants of the
 * synthetic economy's trusts, and rows that are canaries. `await using world = await openWorld()`.
 */

export interface WorldOptions {
  /** Tenants by id, of the synthetic economy; data go in for the trusts among them. */
  readonly tenants?: readonly string[]
  readonly patients?: number
  /** Replace parts of what main.ts would hand in: a clock that stands still, a ledger store that fails. */
  readonly adapters?: Partial<Adapters>
  /** Leaves the trusts without data. */
  readonly empty?: boolean
  /** Settings of the engine beside the usual ones. */
  readonly engine?: string
  /** A folder that is there already is opened as it is, and stays. */
  readonly home?: string
}

export const day = 86_400_000
/** At the first trust, `alder-vale`. */
export const validator = 'vera.blake@alder-vale.example'
export const analyst = 'anil.rao@alder-vale.example'
export const manager = 'dot.finch@alder-vale.example'
export const guardian = 'carys.owen@alder-vale.example'
export const owner = 'ian.mercer@alder-vale.example'
export const validation = 'waiting-list-validation'
export const planning = 'elective-planning'

export async function openWorld(options: WorldOptions = {}): Promise<World> {
  const adapters = withClock({ ...realAdapters, ...options.adapters })
  const plans = economyPlan().filter(({ id }) => (options.tenants ?? ['alder-vale']).includes(id))
  const patients = options.patients ?? 60
  const open = async (home: string) =>
    new World(await openNode(home, adapters, []), plans, patients, options.home !== undefined)
  if (options.home !== undefined) return await open(options.home)
  const isUsual = options.adapters === undefined && options.empty !== true
  if (!isUsual) {
    const home = await mkdtemp(join(tmpdir(), 'openfdp-world-'))
    await makeTenants(home, plans, adapters, options.engine)
    const world = await open(home)
    await world.fill(options.empty === true)
    return world
  }
  // Grants and files carry the day.
  const name = ['world', ...plans.map(({ id }) => id), patients, dateOf(adapters.clock.now())].join('-')
  const home = await keptHome(name, async (empty) => {
    await makeTenants(empty, plans, adapters)
    const node = await openNode(empty, adapters, [])
    try {
      await new World(node, plans, patients, true).fill(false)
    } finally {
      await node.close()
    }
  })
  await writeSettings(home, options.engine)
  return await open(home)
}

async function makeTenants(
  home: string,
  plans: readonly TenantPlan[],
  adapters: Adapters,
  engine?: string,
): Promise<void> {
  await mkdir(join(home, 'tenants'), { recursive: true, mode: 0o700 })
  await writeSettings(home, engine)
  for (const plan of plans) await createTenant(join(home, 'tenants', plan.id), { ...plan, synthetic: true }, adapters)
}

async function writeSettings(home: string, engine = ''): Promise<void> {
  await writeFile(join(home, 'fdp.yaml'), `http: { port: 0 }\nengine: { memoryLimitMb: 512, threads: 1${engine} }\n`)
}

/** Lake and vault write the times of leases: by the same clock. */
function withClock(adapters: Adapters): Adapters {
  if (adapters.clock === realAdapters.clock) return adapters
  const { clock, random } = adapters
  const stores = {
    openLake: async (root: string) => (await import('#adapters/lake-fs')).openLakeFs({ root, clock }),
    openVault: async (root: string, keys: Parameters<Adapters['openVault']>[1]) =>
      (await import('#adapters/vault-fs')).openVaultFs({ root, keys, clock, random }),
  }
  return { ...adapters, ...stores }
}

export class World implements AsyncDisposable {
  readonly node: FdpNode
  readonly home: string
  readonly today: DateOnly
  readonly #plans: readonly TenantPlan[]
  readonly #patients: number
  readonly #keeps: boolean
  #made = 0

  constructor(node: FdpNode, plans: readonly TenantPlan[], patients: number, keeps: boolean) {
    this.node = node
    this.home = node.home
    this.today = dateOf(node.adapters.clock.now())
    this.#plans = plans
    this.#patients = patients
    this.#keeps = keeps
  }

  /** The first trust, or the one named. */
  tenant(id = 'alder-vale'): Tenant {
    return this.node.tenant(id)
  }

  /** The rows that a trust has published, as they were in its files. */
  rows(id = 'alder-vale'): WorldRows {
    const provider = this.#plan(id).controller
    // Half of the second trust's patients are the first one's too.
    const from = id === 'alder-vale' ? 0 : Math.trunc(this.#patients / 2)
    return worldRows({ provider, patients: this.#patients, today: this.today, from })
  }

  async fill(empty: boolean): Promise<void> {
    for (const plan of this.#plans) {
      const { ledger, governance } = this.tenant(plan.id)
      const { state, policies } = governance
      await seedTenant({ plan, ledger, state, policies, clock: this.node.adapters.clock })
      if (plan.kind !== 'trust' || empty) continue
      const rows = this.rows(plan.id)
      for (const object of ['Patient', 'PatientPathway', 'RttPeriod'] as const) {
        await this.submit(object, rows[object], plan.id)
      }
    }
  }

  /** Takes a file in as the trust's data manager would. */
  async submit(
    object: WorldObject,
    rows: readonly Row[],
    id = 'alder-vale',
    days = 0,
    to = this.tenant(id),
  ): Promise<SubmissionReport> {
    const plan = this.#plan(id)
    const grant = plan.grants.find((each) => each.action === 'submit' && each.object === object)!
    const submission = {
      ...{ object, controller: plan.controller, asAt: addDays(this.today, days) },
      ...{ subject: parseSubjectId(grant.subject), purpose: grant.purpose as PurposeId },
      source: csvSource(`${object}.csv`, rows, { delimiter: ',', encoding: 'utf8' }),
    }
    return submit(submission, to.flows)
  }

  async session(subject: string, purpose: string, more: { because?: string; tenant?: string } = {}): Promise<Session> {
    const asked = purpose === planning ? (more.because ?? 'a test of the gate') : more.because
    return this.tenant(more.tenant).gate.open({
      ...{ subject: parseSubjectId(subject), purpose: purpose as PurposeId },
      ...(asked === undefined ? {} : { justification: asked }),
    })
  }

  /** Somebody new on the trust's own staff; returns their id. */
  async hire(name?: string, change: Partial<Input<'governance.person-registered'>> = {}): Promise<string> {
    const id = name ?? `person-${++this.#made}@alder-vale.example`
    const tenant = this.tenant()
    const input: Input<'governance.person-registered'> = {
      ...{ by: parseSubjectId(guardian), id: parseSubjectId(id), name: 'Somebody', role: 'Clerk', duties: [] },
      ...{ kind: 'controller-staff', employer: tenant.profile.controller, clearanceUntil: null, from: this.now() },
      ...change,
    }
    await tenant.ledger.append(sign(tenant.governance.state(), 'governance.person-registered', input, this.now()))
    return id
  }

  async purpose(id: string, change: Partial<Input<'governance.purpose-registered'>> = {}): Promise<void> {
    const tenant = this.tenant()
    const input: Input<'governance.purpose-registered'> = {
      ...{ by: parseSubjectId(guardian), id: id as PurposeId, name: 'A purpose', class: 'planning' },
      ...{ article6: '6(1)(e)', article9: '9(2)(h)', commonLaw: 'law-required', justification: 'never' },
      instruments: ['health-act-functions'],
      ...change,
    }
    await tenant.ledger.append(sign(tenant.governance.state(), 'governance.purpose-registered', input, this.now()))
  }

  /** A grant under the DPIA of the trust, pseudonymised for planning unless told otherwise; returns its id. */
  async grant(subject: string, object: string, change: Partial<GrantInput> = {}): Promise<string> {
    const tenant = this.tenant()
    const id = `made-${++this.#made}`
    const state = tenant.governance.state()
    const dpiaId = change.dpia?.id ?? this.#plan('alder-vale').dpia.id
    const at = this.now()
    const { version, sha256 } = state.dpias.get(dpiaId)!.findLast(({ effectiveFrom }) => effectiveFrom <= at)!
    const input: GrantInput = {
      ...{ by: parseSubjectId(guardian), id, subject: parseSubjectId(subject), action: 'read', object },
      ...{ columns: 'all-at-level', level: 'pseudonymised', rows: { controllers: 'all', where: [] } },
      ...{ purpose: planning as PurposeId, from: at, until: addMs(at, 30 * day), disclosurePolicy: null },
      dpia: { id: dpiaId, version, sha256 },
      ...change,
    }
    await tenant.ledger.append(approveGrant(state, input, at, tenant.governance.policies))
    return id
  }

  async revoke(grant: string): Promise<void> {
    const { governance, ledger } = this.tenant()
    const input = { by: parseSubjectId(guardian), grant, at: this.now(), reason: 'a test' }
    await ledger.append(sign(governance.state(), 'governance.grant-revoked', input, this.now()))
  }

  async leave(person: string): Promise<void> {
    const { governance, ledger } = this.tenant()
    const input = { by: parseSubjectId(guardian), person: parseSubjectId(person), at: this.now() }
    await ledger.append(sign(governance.state(), 'governance.person-left', input, this.now()))
  }

  now() {
    return this.node.adapters.clock.now()
  }

  /** Entries of the first trust from an index on. */
  async entries(from = 0): Promise<LedgerEntry[]> {
    const found: LedgerEntry[] = []
    for await (const entry of this.tenant().ledger.entries(from)) found.push(entry)
    return found
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.node.close().catch(() => {})
    if (!this.#keeps) await rm(this.home, { recursive: true, force: true })
  }

  #plan(id: string): TenantPlan {
    return this.#plans.find((plan) => plan.id === id)!
  }
}

export type Record_ = Readonly<Record<string, unknown>>

/** Every row of a result as an object. */
export async function rowsOf(result: ReadResult): Promise<Record_[]> {
  await using reading = result
  const rows: Record_[] = []
  for await (const batch of reading.batches()) {
    for (let i = 0; i < batch.rowCount; i++) {
      rows.push(Object.fromEntries(reading.columns.map(({ name }, c) => [name, batch.columns[c]![i]])))
    }
  }
  return rows
}

/** The person whom a grant names; a role in a team has none. */
export function holderOf({ holder }: Grant): SubjectId {
  if (!('person' in holder)) throw new Error('the grant is for a role')
  return holder.person
}

export async function ask(session: Session, question: Question & { person: string | null }): Promise<Record_[]> {
  return rowsOf(await session.rows(question))
}

/** The error of a call that must fail. */
export async function errorOf(call: () => Promise<unknown>): Promise<Error & Record<string, unknown>> {
  try {
    await call()
  } catch (error) {
    return error as Error & Record<string, unknown>
  }
  throw new Error('it was let through')
}

/** Everything a caller can see of an error. */
export function visible(error: Error): JsonObject {
  const own = Object.fromEntries(Object.getOwnPropertyNames(error).map((name) => [name, Reflect.get(error, name)]))
  const { stack: _, ...rest } = own
  return JSON.parse(
    JSON.stringify({
      ...rest,
      text: String(error),
      json: error,
      cause: String(error.cause),
      kind: error.constructor.name,
    }),
  ) as JsonObject
}
