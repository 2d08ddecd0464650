import { createHash } from 'node:crypto'
import { cp, mkdir, mkdtemp, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { objectTypes, type PropertyType } from '#contracts'
import { submit } from '#flows'
import type { Session } from '#gate'
import { type DateOnly, dateOf, type PurposeId, parseSubjectId } from '#kernel'
import { createTenant, openNode, type Tenant } from '#node'
import { allTypeRows, seedTenant, type TypeRows, typeFile } from '#synthetic'
import { adapters } from '../src/adapters.ts'
import { fullPlan, type Who, who } from './full-plan.ts'
import { World } from './world.ts'

/*
 * A node as it really is, with one trust (`alder-vale`) in which every one of the 62 types is published through the
 * flows, and people with grants of every kind: see test/full-plan.ts. `await using world = await openFullWorld()`, then
 * `await using session = await world.as('full')`.
 */

export interface FullWorldOptions {
  /** Rows of each type; 120 unless told. */
  readonly rows?: number
}

/** As published; days and moments as ISO texts (`2026-01-31`, `2026-01-31T09:05:00Z`), whole numbers of 64 bits too. */
export type TypedValue = string | number | boolean | readonly string[] | null
export type TypedRow = Readonly<Record<string, TypedValue>>

const marker = 'full-world.json'
const prefix = 'openfdp-full-world-'
const dayMs = 86_400_000
const waitMsMax = 180_000

export async function openFullWorld({ rows = 120 }: FullWorldOptions = {}): Promise<FullWorld> {
  const made = await madeHome(rows)
  const home = await mkdtemp(join(tmpdir(), 'openfdp-world-'))
  await cp(made, home, { recursive: true })
  const { day } = JSON.parse(await readFile(join(home, marker), 'utf8')) as { day: DateOnly }
  return new FullWorld(await openNode(home, adapters, []), rows, day)
}

export class FullWorld extends World {
  /** The day that the rows were published on. */
  readonly day: DateOnly
  readonly #rows: readonly TypeRows[]

  constructor(node: ConstructorParameters<typeof World>[0], rows: number, day: DateOnly) {
    super(node, [fullPlan()], rows, false)
    this.day = day
    this.#rows = allTypeRows(inputOf(rows, day))
  }

  /** What was published of a type, as texts by property name, in file order. */
  texts(object: string): readonly Readonly<Record<string, string>>[] {
    const found = this.#rows.find((each) => each.object === object)
    if (!found) throw new Error(`nothing of ${object} is published`)
    return found.rows
  }

  /** The same as typed values. */
  published(object: string): readonly TypedRow[] {
    const { properties } = objectTypes().find(({ name }) => name === object)!
    return this.texts(object).map((row) =>
      Object.fromEntries(properties.map(({ name, type }) => [name, typed(type, row[name] ?? '')])),
    )
  }

  /** A gate session of one of the people of test/full-plan.ts for their one purpose. */
  async as(person: Who): Promise<Session> {
    const { id, purpose } = who[person]
    return await this.tenant().gate.open({ subject: parseSubjectId(id), purpose: purpose as PurposeId })
  }
}

function typed(type: PropertyType, text: string): TypedValue {
  if (text === '') return null
  if (type === 'boolean') return text === 'true'
  if (type === 'texts') return JSON.parse(text) as string[]
  return ['integer', 'long', 'decimal', 'double'].includes(type) ? Number(text) : text
}

const inputOf = (rows: number, day: DateOnly) => ({
  ...{ seed: 'full-world', provider: fullPlan().controller, today: day, rows },
})

/**
 * A home to copy, made once for a state of the sources, a number of rows and a day (grants and files carry dates), by
 * whichever process comes first; the others wait for it. Left behind in the temporary folder; those of other days go.
 */
async function madeHome(rows: number): Promise<string> {
  const day = dateOf(adapters.clock.now())
  const home = join(tmpdir(), `${prefix}${await sourcesHash()}-${rows}-${day}`)
  const lock = `${home}.lock`
  for (let waited = 0; waited < waitMsMax; waited += 100) {
    if (await isThere(home)) return home
    if (await mkdir(lock).then(yes, no)) {
      try {
        await sweep(home)
        const making = await mkdtemp(join(tmpdir(), 'openfdp-world-making-'))
        await makeHome(making, rows, day)
        await rename(making, home)
      } finally {
        await rm(lock, { recursive: true, force: true })
      }
      return home
    }
    const { mtimeMs } = await stat(lock).catch(() => ({ mtimeMs: Number.POSITIVE_INFINITY }))
    // Whoever held it is gone.
    if (Date.parse(adapters.clock.now()) - mtimeMs > waitMsMax / 2) await rm(lock, { recursive: true, force: true })
    await wait(100)
  }
  throw new Error(`nobody finished ${home}`)
}

async function makeHome(home: string, rows: number, day: DateOnly): Promise<void> {
  const plan = fullPlan()
  await mkdir(join(home, 'tenants'), { recursive: true, mode: 0o700 })
  await writeFile(join(home, 'fdp.yaml'), 'http: { port: 0 }\nengine: { memoryLimitMb: 512, threads: 1 }\n')
  await writeFile(join(home, marker), JSON.stringify({ day }))
  await createTenant(join(home, 'tenants', plan.id), { ...plan, synthetic: true }, adapters)
  const node = await openNode(home, adapters, [])
  try {
    const tenant = node.tenant(plan.id)
    const { ledger, governance } = tenant
    await seedTenant({
      plan,
      ledger,
      ...{ state: governance.state, policies: governance.policies },
      clock: adapters.clock,
    })
    for (const type of allTypeRows(inputOf(rows, day))) await publish(tenant, type, day)
  } finally {
    await node.close()
  }
}

async function publish(tenant: Tenant, type: TypeRows, asAt: DateOnly): Promise<void> {
  const { subject, purpose } = fullPlan().grants.find(({ action, object }) => {
    return action === 'submit' && object === type.object
  })!
  const { controller } = tenant.profile
  const by = { subject: parseSubjectId(subject), purpose: purpose as PurposeId }
  const report = await submit({ object: type.object, controller, asAt, source: typeFile(type), ...by }, tenant.flows)
  if (report.outcome !== 'published') throw new Error(`${type.object} was not published`)
}

/** What a home is made from and by; what reads it is left out, so that work on that does not make it anew. */
const madeBy = ['adapters', 'contracts', 'flows', 'governance', 'ledger', 'privacy', 'synthetic']

async function sourcesHash(): Promise<string> {
  const hash = createHash('sha256')
  const root = new URL('..', import.meta.url).pathname
  const here = ['test/full-plan.ts', 'test/full-world.ts', 'policies/access.cedar', 'policies/schema.cedarschema']
  const there = await Promise.all(
    madeBy.map(async (folder) => {
      const names = await readdir(join(root, 'src', folder), { recursive: true })
      return names.map((name) => join('src', folder, name)).filter((name) => /(?<!\.test)\.(ts|json)$/.test(name))
    }),
  )
  for (const name of [...here, ...there.flat()].toSorted()) hash.update(name).update(await readFile(join(root, name)))
  return hash.digest('hex').slice(0, 16)
}

/** Homes of another day. */
async function sweep(keep: string): Promise<void> {
  for (const name of await readdir(tmpdir())) {
    const path = join(tmpdir(), name)
    if (!name.startsWith(prefix) || path.startsWith(keep)) continue
    const { mtimeMs } = await stat(path).catch(() => ({ mtimeMs: 0 }))
    if (mtimeMs < Date.parse(adapters.clock.now()) - dayMs) await rm(path, { recursive: true, force: true })
  }
}

const yes = () => true
const no = () => false
const isThere = (path: string) => stat(path).then(yes, no)
