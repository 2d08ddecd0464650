import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Type } from '@sinclair/typebox'
import { objectTypes, registerDerivedType } from '#contracts'
import { asDeclared, readYaml, type Wrong } from '#declared'
import { type GovernanceState, type ModelText, sign } from '#governance'
import { type FdpError, isFdpError, type PurposeId, parseSubjectId, type SubjectId } from '#kernel'
import type { Receipt } from '#ledger'
import {
  type Builder,
  buildModel,
  type CheckedModel,
  checkModel,
  inOrder,
  lineDifference,
  type Model,
  type ModelTestResult,
  modelErrors,
  parseModel,
  runModelTest,
} from '#models'
import type { Engine } from '#ports'
import { shippedProducts } from '#products'
import type { Adapters } from './adapters.ts'
import { again, type Tended } from './again.ts'
import { nodeErrors } from './errors.ts'
import { faultOf } from './fault.ts'
import type { Log } from './log.ts'
import type { FdpNode } from './node.ts'
import { appendInTurn } from './signing.ts'
import type { Tenant } from './tenant.ts'

const everyMs = 30_000
const engineOptions = { memoryLimitMb: 256, threads: 1, tempDirectory: null }

/**
 * The models of the products and those in the folder `models` of a tenant, and makes their types known. One that is not
 * right does not keep the others from their work.
 */
export function readModels({ folder }: Pick<Tenant, 'folder'>): readonly (Model | FdpError)[] {
  const shipped = shippedProducts().flatMap(({ models }) => models)
  const place = join(folder, 'models')
  if (!existsSync(place)) return shipped
  const names = readdirSync(place).filter((name) => /^[a-z0-9][a-z0-9-]{0,59}\.yaml$/.test(name))
  const taken = new Set(shipped.map(({ object }) => object))
  const own = names.sort().map((file) => {
    try {
      const model = readModel(place, file.slice(0, -'.yaml'.length))
      if (taken.has(model.object)) throw modelErrors('FDP_MODEL_TWICE', { model: model.object })
      taken.add(model.object)
      registerDerivedType(model.type)
      return model
    } catch (error) {
      if (isFdpError(error)) return error
      throw error
    }
  })
  return [...shipped, ...own]
}

/**
 * Makes the types of models known that were approved once and whose files are gone: what they made is still there, to be
 * read by grants, kept as long as its rules say, and rid of whoever is erased.
 */
export function registerApproved(state: GovernanceState): void {
  for (const { object, approved } of state.models.values()) {
    if (!approved || objectTypes().some(({ name }) => name === object)) continue
    registerDerivedType(parseModel(object, approved.yaml, approved.sql).type)
  }
}

function readModel(place: string, name: string): Model {
  const sql = join(place, `${name}.sql`)
  if (!existsSync(sql))
    throw modelErrors('FDP_MODEL_DECLARATION', {
      model: name,
      where: 'the file',
      what: `there is no ${name}.sql beside it`,
    })
  return parseModel(name, readFileSync(join(place, `${name}.yaml`), 'utf8'), readFileSync(sql, 'utf8'))
}

export interface ModelsHere {
  /** Each after those that it reads. */
  readonly models: readonly CheckedModel[]
  readonly wrong: readonly FdpError[]
}

/** Every model here, its query understood and held against its declaration. FDP_MODEL_CYCLE. */
export async function modelsOf({ openEngine }: Pick<Adapters, 'openEngine'>, tenant: Tenant): Promise<ModelsHere> {
  await using engine = await openEngine(engineOptions)
  const wrong: FdpError[] = []
  const models: CheckedModel[] = []
  for (const model of readModels(tenant)) {
    const checked = isFdpError(model) ? model : await checkedOr(engine, model)
    if (isFdpError(checked)) wrong.push(checked)
    else models.push(checked)
  }
  return { models: inOrder(models), wrong }
}

async function checkedOr(engine: Engine, model: Model): Promise<CheckedModel | FdpError> {
  try {
    return await checkModel(engine, model)
  } catch (error) {
    if (isFdpError(error)) return error
    throw error
  }
}

/** One model by its name. FDP_MODEL_UNKNOWN, or what is wrong with it. */
export async function modelOf(
  adapters: Pick<Adapters, 'openEngine'>,
  tenant: Tenant,
  name: string,
): Promise<CheckedModel> {
  const { models, wrong } = await modelsOf(adapters, tenant)
  const found = models.find(({ model }) => model.object === name)
  if (found) return found
  const why = wrong.find(({ params }) => params.model === name || params.name === name)
  if (why) throw why
  const known = models.map(({ model }) => model.object).join(', ')
  throw modelErrors('FDP_MODEL_UNKNOWN', { model: /^\w{1,60}$/.test(name) ? name : '…', known })
}

/** Every test that a model declares, each on an engine of its own. */
export async function testModel(
  { openEngine }: Pick<Adapters, 'openEngine'>,
  checked: CheckedModel,
): Promise<readonly ModelTestResult[]> {
  const results: ModelTestResult[] = []
  for (const test of checked.model.tests) {
    await using engine = await openEngine(engineOptions)
    results.push(await runModelTest(engine, checked, test))
  }
  return results
}

/** Puts somebody's name to a model as it stands in its files, tests passed. FDP_MODEL_TESTS, FDP_GOVERNANCE_*. */
export async function proposeModel(
  adapters: Pick<Adapters, 'openEngine'>,
  tenant: Tenant,
  name: string,
  by: SubjectId,
): Promise<Receipt> {
  const checked = await modelOf(adapters, tenant, name)
  const { object, yaml, sql } = checked.model
  const results = await testModel(adapters, checked)
  const failed = results.filter(({ passed }) => !passed).length
  if (failed > 0) throw modelErrors('FDP_MODEL_TESTS', { model: object, failed, tests: results.length })
  const type = 'governance.model-proposed'
  const [receipt] = await appendInTurn(tenant, (state, at) => sign(state, type, { by, object, yaml, sql }, at), {
    by,
    type,
  })
  return receipt!
}

/** What whoever approves looks at. */
export interface ModelShown {
  readonly checked: CheckedModel
  readonly proposed: ModelText
  readonly approved: ModelText | null
  /** Lines of declaration and SQL, from what is approved to what is proposed. */
  readonly changes: readonly string[]
}

/** A model as it was proposed last, which need not be how its files stand. FDP_MODEL_NOT_PROPOSED. */
export async function showModel(
  { openEngine }: Pick<Adapters, 'openEngine'>,
  tenant: Tenant,
  name: string,
): Promise<ModelShown> {
  const reviewed = tenant.governance.state().models.get(name)
  if (!reviewed) throw modelErrors('FDP_MODEL_NOT_PROPOSED', { model: name })
  const { proposed, approved } = reviewed
  await using engine = await openEngine(engineOptions)
  const checked = await checkModel(engine, parseModel(name, proposed.yaml, proposed.sql))
  const changes = (['yaml', 'sql'] as const).flatMap((part) => lineDifference(approved?.[part] ?? '', proposed[part]))
  return { checked, proposed, approved, changes }
}

/**
 * Lets what was proposed last be built: whoever approves names it by the beginning of its hash, as it was shown.
 * FDP_MODEL_NOT_PROPOSED, FDP_GOVERNANCE_*.
 */
export async function approveModel(tenant: Tenant, object: string, hash: string, by: SubjectId): Promise<Receipt> {
  const type = 'governance.model-approved'
  const [receipt] = await appendInTurn(
    tenant,
    (state, at) => {
      const proposed = state.models.get(object)?.proposed
      if (hash.length < hashDigitsMin || !proposed?.sha256.startsWith(hash))
        throw modelErrors('FDP_MODEL_NOT_PROPOSED', { model: object })
      return sign(state, type, { by, object, sha256: proposed.sha256 }, at)
    },
    { by, type },
  )
  return receipt!
}

/** Of a hash, enough to name what was looked at. */
const hashDigitsMin = 12

const BuildsSchema = Type.Object(
  {
    by: Type.String({ minLength: 1, maxLength: 200 }),
    purpose: Type.String({ minLength: 1, maxLength: 60 }),
    build: Type.Array(Type.String({ minLength: 1, maxLength: 60 }), { maxItems: 200 }),
  },
  { additionalProperties: false },
)

/** `models.yaml` in the folder of a tenant: which models the node builds by itself, and as whom. FDP_NODE_MODELS. */
export function readBuilds({
  folder,
}: Pick<Tenant, 'folder'>): (Builder & { readonly build: readonly string[] }) | null {
  const file = join(folder, 'models.yaml')
  if (!existsSync(file)) return null
  const wrong: Wrong = (where) => nodeErrors('FDP_NODE_MODELS', { where })
  const { by, purpose, build } = asDeclared(BuildsSchema, readYaml(readFileSync(file, 'utf8'), wrong), wrong)
  return { subject: parseSubjectId(by), purpose: purpose as PurposeId, build }
}

/**
 * Builds, twice a minute until it is closed, the models that tenants declare to be built, in their order, whenever what
 * they read, what they are, or who may changed. What went wrong with one is logged by its code.
 */
export function tendModels(node: FdpNode, log: Pick<Log, 'info' | 'warn' | 'error'>): Tended {
  const tried = new Map<string, string>()
  return again(everyMs, async () => {
    for (const [id, tenant] of node.tenants) {
      if (tenant.standstill() !== null) continue
      await orLog(log, { tenant: id }, () => lookAt(node, id, tenant, { log, tried }))
    }
  })
}

async function lookAt(
  node: FdpNode,
  id: string,
  tenant: Tenant,
  { log, tried }: { log: Pick<Log, 'info' | 'warn' | 'error'>; tried: Map<string, string> },
): Promise<void> {
  const builds = readBuilds(tenant)
  if (!builds) return
  const { models } = await modelsOf(node.adapters, tenant)
  for (const checked of models) {
    const { object, sha256 } = checked.model
    if (!builds.build.includes(object)) continue
    const catalogue = tenant.governance.catalogue()
    const inputs = checked.lineage.inputs.map((each) => catalogue.lakeManifest(each))
    const now = [sha256, tenant.governance.state().changedAt, ...inputs].join()
    if (tried.get(`${id} ${object}`) === now) continue
    tried.set(`${id} ${object}`, now)
    await orLog(log, { tenant: id, model: object }, async () => {
      for (const result of await buildModel(checked, builds, tenant.flows)) log.info({ tenant: id, ...result }, 'model')
    })
  }
}

async function orLog(log: Pick<Log, 'warn' | 'error'>, what: object, work: () => Promise<void>): Promise<void> {
  try {
    await work()
  } catch (error) {
    if (isFdpError(error)) log.warn({ ...what, code: error.code }, 'a model could not be built')
    else log.error({ ...what, fault: faultOf(error) }, 'a model could not be built')
  }
}
