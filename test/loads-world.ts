import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { fileSource } from '#adapters/source-csv'
import { type SubmissionReport, submit } from '#flows'
import { type DateOnly, ident, joinSql, type PurposeId, parseSubjectId, type Sql } from '#kernel'
import { readMappingFile } from '#mapping'
import { createTenant, type FdpNode, openNode } from '#node'
import { economyPlan, seedTenant, type TenantPlan } from '#synthetic'
import { adapters } from '../src/adapters.ts'
import { type Record_, rowsOf } from './world.ts'

/* A trust with one person who may send in, and read, what the mappings of `mappings/` make. */

const objects = ['OfficialFigure', 'AreaDeprivation', 'Organisation', 'Patient', 'Vaccination'] as const
const id = 'loader@alder-vale.example'
const purpose = 'loading-files'
/** Of a command that acts as that person. */
export const asLoader = ['--tenant', 'alder-vale', '--as', id, '--purpose', purpose]

function loadsPlan(): TenantPlan {
  const plan = economyPlan().find((each) => each.id === 'alder-vale')!
  const grant = { subject: id, level: 'identifiable' as const, purpose, days: 180 }
  return {
    ...plan,
    people: [...plan.people, { id, name: 'Lou Oader', role: 'Loads files', trainingDays: 365 }],
    purposes: [
      ...plan.purposes,
      {
        ...{ id: purpose, name: 'Loading files', class: 'individual-care', commonLaw: 'implied-consent' },
        ...{ article6: '6(1)(e)', article9: '9(2)(h)', justification: 'never' },
      },
    ],
    dpia: {
      ...plan.dpia,
      claims: [
        ...plan.dpia.claims,
        {
          ...{ kinds: ['controller-staff'], objects: [...objects], levels: ['identifiable'], daysMax: 366 },
          purposes: [purpose as PurposeId],
        },
      ],
    },
    grants: [
      ...plan.grants.filter(({ action }) => action !== 'submit'),
      ...objects.flatMap((object) => [
        { ...grant, id: `load-${object.toLowerCase()}`, action: 'submit' as const, object },
        { ...grant, id: `see-${object.toLowerCase()}`, action: 'read' as const, object },
      ]),
    ],
  }
}

export interface LoadsWorld extends AsyncDisposable {
  readonly node: FdpNode
  readonly home: string
  /** Takes a file in through a mapping of the project. */
  load(
    mapping: string,
    path: string,
    asAt: string,
    more?: { format?: string; part?: string },
  ): Promise<SubmissionReport>
  /** What the gate gives of an object type to a statement over `r`. */
  read(object: string, columns: readonly string[], build: (r: Sql, columns: Sql) => Sql): Promise<Record_[]>
}

export async function mappingFile(name: string) {
  return readMappingFile(await readFile(fileURLToPath(new URL(`../mappings/${name}.yaml`, import.meta.url)), 'utf8'))
}

export async function openLoadsWorld(): Promise<LoadsWorld> {
  const home = await mkdtemp(join(tmpdir(), 'openfdp-loads-'))
  const plan = loadsPlan()
  await mkdir(join(home, 'tenants'), { recursive: true, mode: 0o700 })
  await writeFile(join(home, 'fdp.yaml'), 'http: { port: 0 }\nengine: { memoryLimitMb: 1024, threads: 1 }\n')
  await createTenant(join(home, 'tenants', plan.id), { ...plan, synthetic: true }, adapters)
  const node = await openNode(home, adapters, [])
  const tenant = node.tenant(plan.id)
  const { ledger, governance } = tenant
  await seedTenant({ plan, ledger, state: governance.state, policies: governance.policies, clock: adapters.clock })
  const by = { subject: parseSubjectId(id), purpose: purpose as PurposeId }
  const session = await tenant.gate.open(by)
  return {
    ...{ node, home },
    async load(mapping, path, asAt, more = {}) {
      const { document } = await mappingFile(mapping)
      const source = await fileSource(path)
      const about = { object: String(document.object), controller: plan.controller, asAt: asAt as DateOnly }
      return await submit({ ...about, source, declared: document, ...by, ...more }, tenant.flows)
    },
    async read(object, columns, build) {
      const person = ['Patient', 'Vaccination'].includes(object) ? 'r' : null
      const names = joinSql(columns.map(ident), ', ')
      return await rowsOf(
        await session.rows({
          ...{ about: { test: object }, relations: { r: { object, columns } }, person },
          build: ({ r }) => build(r!, names),
        }),
      )
    },
    async [Symbol.asyncDispose]() {
      await session.close?.()
      await node.close()
      await rm(home, { recursive: true, force: true })
    },
  }
}
