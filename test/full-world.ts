import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { objectTypes, type PropertyType } from '#contracts'
import { submit } from '#flows'
import type { Session } from '#gate'
import { type DateOnly, dateOf, type PurposeId, parseSubjectId } from '#kernel'
import { createTenant, openNode, type Tenant } from '#node'
import { allTypeRows, seedTenant, type TypeRows, typeFile } from '#synthetic'
import { adapters } from '../src/adapters.ts'
import type { BearerSite } from './bearer-site.ts'
import { fullPlan, type Who, who } from './full-plan.ts'
import { keptHome } from './kept-home.ts'
import { World } from './world.ts'

/*
 * A node as it really is, with one trust (`alder-vale`) in which every one of the 62 types and every link table is published through the
 * flows, and people with grants of every kind: see test/full-plan.ts. `await using world = await openFullWorld()`, then
 * `await using session = await world.as('full')`. Over HTTP: `await using site = await openBearerSite(world.node)`, and
 * `await tokenFor(site, 'full')`.
 *
 * What it costs: the first process after a change of what makes it some twenty seconds, on two cores with nothing else
 * to do; every other one two, of which most are opening a node.
 */

export interface FullWorldOptions {
  /** Rows of each type; 120 unless told. */
  readonly rows?: number
  /** From how many rows on sorted copies are kept, where that is to be another number. */
  readonly sortedCopiesFromRows?: number
}

/** As published; days and moments as ISO texts (`2026-01-31`, `2026-01-31T09:05:00Z`), whole numbers of 64 bits too. */
export type TypedValue = string | number | boolean | readonly string[] | null
export type TypedRow = Readonly<Record<string, TypedValue>>

export async function openFullWorld({ rows = 120, ...options }: FullWorldOptions = {}): Promise<FullWorld> {
  const today = dateOf(adapters.clock.now())
  // Grants and files carry the day.
  const home = await keptHome(`full-world-${rows}-${today}`, (empty) => makeHome(empty, rows, today))
  const { sortedCopiesFromRows: from } = options
  if (from !== undefined) await writeFile(join(home, 'fdp.yaml'), settings(`, sortedCopiesFromRows: ${from}`))
  return new FullWorld(await openNode(home, adapters, []), rows, today)
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

/** An access token of one of these people, for their one purpose. */
export async function tokenFor(site: BearerSite, person: Who): Promise<string> {
  return await site.bearer(who[person].id, who[person].purpose)
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

async function makeHome(home: string, rows: number, day: DateOnly): Promise<void> {
  const plan = fullPlan()
  await mkdir(join(home, 'tenants'), { recursive: true, mode: 0o700 })
  await writeFile(join(home, 'fdp.yaml'), settings(''))
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

function settings(engine: string): string {
  return `http: { port: 0 }\nengine: { memoryLimitMb: 512, threads: 1${engine} }\n`
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
