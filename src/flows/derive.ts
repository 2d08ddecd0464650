import { type ObjectType, objectType } from '#contracts'
import { checkFlowPublished } from '#governance'
import {
  canonicalJson,
  type DateOnly,
  type EntryIndex,
  ident,
  type JsonObject,
  joinSql,
  type OdsCode,
  type PurposeId,
  type SubjectId,
  sha256Hex,
  sql,
} from '#kernel'
import { keptFold } from '#ledger'
import type { Engine, LakeFile } from '#ports'
import { checkAllowed } from './allowed.ts'
import { careFiles, copyCare, listsWith, loadSaidNo } from './clear-care.ts'
import { type InputDay, inputSql } from './derive-inputs.ts'
import { checkGpData, labelsFor } from './labels.ts'
import { contractSha256 } from './outcome.ts'
import { queueOf } from './queue.ts'
import { reportToJson, type SubmissionReport } from './report.ts'
import type { SplitPlan } from './split-plan.ts'
import { storing } from './stores.ts'
import type { FlowDeps } from './submission.ts'
import { uniquenessOf } from './uniqueness.ts'

/** One model to be run over the rows of one controller. */
export interface Derivation {
  readonly type: ObjectType
  readonly controller: OdsCode
  /** Object types that are read. */
  readonly inputs: readonly string[]
  /** Of declaration and SQL; columns of inputs that each column comes from and is decided by, and that decide the rows. */
  readonly model: {
    readonly sha256: string
    readonly columns: Readonly<Record<string, { readonly from: readonly string[]; readonly by: readonly string[] }>>
    readonly rows: readonly string[]
  }
  readonly subject: SubjectId
  readonly purpose: PurposeId
}

/**
 * Makes the table `made`, of inputs that are there under their own names: `person` and every property. What it finds wrong
 * refuses the whole.
 */
export type Fill = (engine: Engine) => Promise<readonly DerivedFinding[]>

export interface DerivedFinding {
  readonly rule: string
  readonly column: string | null
  readonly rows: number
}

export type Derived =
  | { readonly outcome: 'unchanged'; readonly entry: number }
  | { readonly outcome: 'nothing' }
  | { readonly outcome: 'refused'; readonly entry: number; readonly findings: readonly DerivedFinding[] }
  | { readonly outcome: 'published'; readonly entry: number; readonly rows: number }

const engineDefault = { memoryLimitMb: 8_192, threads: 2 }

/**
 * Makes the rows of a derived type for one controller and publishes them in place of those before, as a submission would
 * be. The rows of a controller are made of that controller's rows alone. Where model and files read are those of what
 * is published, or was refused last, nothing is done.
 * Errors: FDP_FLOWS_NOT_ALLOWED, FDP_FLOWS_CONTROLLER_NOT_HERE, FDP_FLOWS_GP_DATA, FDP_FLOWS_STORE_FAILED.
 */
export async function derive(derivation: Derivation, deps: FlowDeps, fill: Fill): Promise<Derived> {
  return await queueOf(deps.ledger).run(async () => {
    await checkMay(derivation, deps)
    const read = await filesNow(derivation, deps)
    const submission = nameOf(derivation, read)
    const { type, controller } = derivation
    const before = deps.governance.catalogue().publication(type.name, controller)
    if (before?.submission === submission) return { outcome: 'unchanged', entry: before.entry }
    const refused = (await refusals(deps.ledger)).get(submission)
    if (refused) return { outcome: 'refused', ...refused }
    if (!before && read.every(({ files }) => files.length === 0)) return { outcome: 'nothing' }
    return await opened(derivation, deps, read, 'build', async (engine, started) => {
      const findings = await fill(engine)
      if (findings.length > 0) return await refuse(deps, { of: started, submission }, findings)
      return await publish({ derivation, deps, engine, started, submission, read })
    })
  })
}

/**
 * Makes the rows and hands them to `look` as table `made`, beside those that are published as `published`, where there are
 * any; publishes nothing. Rights and errors as of `derive`.
 */
export async function compareDerived<T>(
  derivation: Derivation,
  deps: FlowDeps,
  fill: Fill,
  look: (engine: Engine, findings: readonly DerivedFinding[], isPublished: boolean) => Promise<T>,
): Promise<T> {
  return await queueOf(deps.ledger).run(async () => {
    await checkMay(derivation, deps)
    const current = await filesOf([derivation.type.name], derivation, deps)
    const read = [...(await filesNow(derivation, deps)), ...current]
    return await opened(derivation, deps, read, 'compare', async (engine, _started, daysOf) => {
      const files = daysOf(derivation.type.name).flatMap((day) => day.files)
      if (files.length > 0) await engine.execute(sql`CREATE VIEW published AS SELECT * FROM ${careFiles(files)}`)
      return await look(engine, await fill(engine), files.length > 0)
    })
  })
}

async function checkMay({ type, controller, subject, purpose, inputs }: Derivation, deps: FlowDeps): Promise<void> {
  const asked = { object: type.name, controller, subject, purpose }
  await checkAllowed(asked, deps, 'model')
  await checkGpData({ ...asked, derivedFrom: inputs }, deps)
}

interface Read {
  readonly object: string
  readonly lake: string | null
  readonly files: readonly LakeFile[]
}

const filesNow = (derivation: Derivation, deps: FlowDeps) => filesOf(derivation.inputs, derivation, deps)

async function filesOf(objects: readonly string[], { controller }: Derivation, deps: FlowDeps): Promise<Read[]> {
  const catalogue = deps.governance.catalogue()
  const read: Read[] = []
  for (const object of objects) {
    const lake = catalogue.lakeManifest(object)
    const files = lake === null ? [] : (await deps.lake.version(lake)).files
    read.push({ object, lake, files: files.filter((file) => file.controller === controller) })
  }
  return read
}

/** Equal names mean: the same model over the same bytes, so the same rows. */
function nameOf({ type, controller, model }: Derivation, read: readonly Read[]): string {
  const inputs = read.map(({ object, files }) => ({
    object,
    files: files.map(({ sha256, asAt }) => ({ sha256, asAt })).sort((a, b) => (a.sha256 < b.sha256 ? -1 : 1)),
  }))
  const of = { object: type.name, controller, model: model.sha256, inputs }
  return sha256Hex(canonicalJson({ format: 'openfdp/derivation-id', version: 1, ...of }))
}

/** Law 2: the entry, then the leases under it, then an engine that has the inputs under their own names. */
async function opened<T>(
  { type, controller, model, subject, purpose, inputs }: Derivation,
  deps: FlowDeps,
  read: readonly Read[],
  why: 'build' | 'compare',
  work: (engine: Engine, started: EntryIndex, daysOf: (object: string) => readonly InputDay[]) => Promise<T>,
): Promise<T> {
  const governance: JsonObject = {
    ...{ version: 1, by: subject, purpose, for: why, object: type.name, controller, model: model.sha256 },
    inputs: read.map(({ object, lake }) => ({ object, lake })),
  }
  const { index } = await storing('ledger', 'receive', () => deps.ledger.append({ type: 'model.started', governance }))
  await using held = new AsyncDisposableStack()
  const days = new Map<string, readonly InputDay[]>()
  for (const { object, lake, files } of read) {
    if (lake === null || files.length === 0) continue
    const lease = held.use(await storing('lake', 'read', () => deps.lake.lease(lake, index)))
    const all = (await deps.lake.version(lake)).files
    const filesAt = (asAt: string) =>
      lease.files.filter((_, i) => all[i]!.controller === controller && all[i]!.asAt === asAt)
    const listed = [...new Set(files.map(({ asAt }) => asAt))].sort()
    days.set(
      object,
      listed.map((asAt) => ({ asAt: asAt as DateOnly, files: filesAt(asAt) })),
    )
  }
  const daysOf = (object: string) => days.get(object) ?? []
  await using engine = await deps.openEngine({ ...engineDefault, ...deps.engine, tempDirectory: null })
  for (const object of inputs) {
    await engine.execute(sql`CREATE VIEW ${ident(object)} AS ${inputSql(objectType(object), daysOf(object))}`)
  }
  return await work(engine, index, daysOf)
}

/** What was refused stays so: the same model over the same bytes makes the same rows. */
const refusals = keptFold(
  () => new Map<string, { readonly entry: number; readonly findings: readonly DerivedFinding[] }>(),
  (known, { type, index, governance }) => {
    if (type !== 'model.refused') return
    const findings = governance.findings as unknown as readonly DerivedFinding[]
    known.set(String(governance.submission), { entry: index, findings })
  },
)

async function refuse(
  deps: FlowDeps,
  of: { readonly of: EntryIndex; readonly submission: string },
  findings: readonly DerivedFinding[],
): Promise<Derived> {
  const governance = { version: 1, ...of, findings: findings.map((each) => ({ ...each })) }
  const { index } = await storing('ledger', 'refuse', () => deps.ledger.append({ type: 'model.refused', governance }))
  return { outcome: 'refused', entry: index, findings }
}

interface Building {
  readonly derivation: Derivation
  readonly deps: FlowDeps
  readonly engine: Engine
  readonly started: EntryIndex
  readonly submission: string
  readonly read: readonly Read[]
}

/** As a submission is split, sealed and published; there is no identity to split off. */
async function publish({ derivation, deps, engine, started, submission, read }: Building): Promise<Derived> {
  const { type, controller, model, subject, inputs } = derivation
  const rows = await makeTyped(derivation, engine)
  const plan = planOf(type, controller)
  const uniqueness = await uniquenessOf({ type, engine }, plan, new Set(type.properties.map(({ name }) => name)))
  const replaces = deps.governance.catalogue().lakeManifest(type.name)
  const before = replaces === null ? [] : (await deps.lake.version(replaces)).files
  const lists = listsWith(deps, [])
  const apart = await loadSaidNo(deps, engine, lists, started)
  const asAt = (read
    .flatMap(({ files }) => files.map((file) => file.asAt))
    .sort()
    .at(-1) ?? deps.clock.now().slice(0, 10)) as DateOnly
  await using staged = await storing('lake', 'split', () => deps.lake.stage(type.name, controller))
  const columns = plan.lake.map(({ name, expression }) => sql`${expression} AS ${ident(name)}`)
  await copyCare(engine, staged, sql`SELECT ${joinSql(columns, ', ')} FROM typed`, apart ? lists : null)
  const keep = before.filter((file) => file.controller !== controller)
  const { manifestSha256: lake } = await storing('lake', 'seal', () =>
    deps.lake.seal({ object: type.name, controller, asAt, staged, rows, keep }),
  )
  const report: Omit<SubmissionReport, 'entry' | 'repeated'> = {
    ...{ submission, object: type.name, controller, asAt, outcome: 'published', problem: null, findings: [] },
    ...{ unknownColumns: [], quarantine: null, persons: null, uniqueness },
    rows: { read: rows, quarantined: 0, published: rows, warned: 0 },
    labels: labelsFor({ object: type.name, controller, derivedFrom: inputs }, deps),
  }
  const body = {
    ...{ version: 1, by: subject, submission, object: type.name, controller, asAt, rows, quarantined: 0 },
    ...{ lake, vault: null, mapping: null },
    replaces: { lake: replaces, vault: deps.governance.catalogue().vaultManifest() },
    contract: {
      origin: type.origin,
      sha256: contractSha256(type),
      properties: type.properties.map(({ name }) => name).sort(),
    },
    kReport: Object.fromEntries(uniqueness.map(({ level, columns: of, k }) => [level, { columns: of, ...k }])),
    derived: {
      ...{ model: model.sha256, started, rows: model.rows, columns: model.columns },
      inputs: read.map(({ object, lake: version }) => ({ object, lake: version })),
    },
    report: reportToJson(report),
  }
  checkFlowPublished(body)
  const governance = body as unknown as JsonObject
  const { index } = await storing('ledger', 'publish', () => deps.ledger.append({ type: 'flow.published', governance }))
  return { outcome: 'published', entry: index, rows }
}

/** Makes `typed` of `made`: a row has the key of the record that it is made for, and is about whom that is about. */
async function makeTyped({ type }: Derivation, engine: Engine): Promise<number> {
  await engine.execute(sql`CREATE OR REPLACE TABLE typed AS
    SELECT * EXCLUDE (person), ${ident(type.primaryKey)} AS _key, person AS _person FROM made`)
  const [count] = await engine.rows(sql`SELECT count(*) AS rows FROM typed`)
  return Number(count?.rows)
}

function planOf(type: ObjectType, controller: OdsCode): SplitPlan {
  const own = ['_key', '_person'].map((name) => ({ name, expression: ident(name) }))
  return {
    lake: [
      ...own,
      { name: '_controller', expression: sql`${controller}::VARCHAR` },
      ...type.properties.map(({ name }) => ({ name, expression: ident(name) })),
    ],
    vault: [],
  }
}
