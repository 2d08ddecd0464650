import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { mappingState, promoteMapping } from '#docks'
import { isFdpError, londonDay, type Random, toHex } from '#kernel'
import { recordLanded, runMessages } from '#messages'
import { type FdpNode, landedAt, messageDockOf, readDocks, type Tenant } from '#node'
import {
  declareHospital,
  economyPlan,
  freePort,
  type Hospital,
  hospitalEntries,
  hospitals,
  postgresFolder,
} from '#synthetic'

const views = fileURLToPath(new URL('../../mappings/fhir/', import.meta.url))
const passwordBytes = 18

/** Where a hospital's system keeps what it leaves and how far it told: beside the home folder, for it is not the node's. */
export function hospitalFolder(home: string, { tenant }: Hospital): string {
  return join(dirname(home), `${basename(home)}-epr`, tenant)
}

export interface PreparedHospital {
  readonly hospital: Hospital
  /** Of its tenant. */
  readonly tenantFolder: string
  readonly folder: string
  readonly hasDatabase: boolean
}

/**
 * Lets the data of each trust's hospital in, and declares where they come from, once. Without a PostgreSQL on this machine
 * the hospitals have no database.
 */
export async function prepareHospitals(node: FdpNode, random: Random): Promise<readonly PreparedHospital[]> {
  const prepared: PreparedHospital[] = []
  for (const hospital of hospitals) prepared.push(await prepareHospital(node, hospital, random))
  return prepared
}

async function prepareHospital(node: FdpNode, hospital: Hospital, random: Random): Promise<PreparedHospital> {
  const tenant = node.tenant(hospital.tenant)
  const plan = economyPlan().find(({ id }) => id === hospital.tenant)!
  const now = node.adapters.clock.now()
  const { state, policies } = tenant.governance
  const entries = hospitalEntries({ hospital, plan, state: state(), policies, at: now })
  // In order, and flushed together.
  await Promise.all(entries.map((entry) => tenant.ledger.append(entry)))
  const folder = hospitalFolder(node.home, hospital)
  if (!existsSync(join(tenant.folder, 'messages', 'infirmary.yaml'))) {
    const hasPrograms = (await postgresFolder()) !== null
    await declareHospital({
      ...{ hospital, folder: tenant.folder, views, drop: join(folder, 'files'), since: londonDay(now) },
      ...{ fhirPort: await freePort(), messagesPort: await freePort() },
      database: hasPrograms ? { port: await freePort(), password: toHex(random.bytes(passwordBytes)) } : null,
    })
  }
  await promoteHospital(tenant)
  const hasDatabase = existsSync(join(tenant.folder, 'connections', 'infirmary-sql.yaml'))
  return { hospital, tenantFolder: tenant.folder, folder, hasDatabase }
}

/** The mappings and views that came with the docks are live from the start; later ones are tried and promoted as anywhere. */
export async function promoteHospital({ folder, flows }: Tenant): Promise<void> {
  for (const dock of readDocks({ folder })) {
    if (isFdpError(dock) || (await mappingState(dock, flows)) !== 'not promoted') continue
    const { declared, view } = dock.how
    const text = declared
      ? await readFile(join(folder, 'docks', `${dock.id}.mapping.yaml`), 'utf8')
      : JSON.stringify(view)
    const by = { subject: dock.by, purpose: dock.purpose }
    await promoteMapping(dock, text, { by, reason: 'declared with the docks of the demo' }, flows)
  }
}

/** Makes rows of what the hospital has said so far: what its other outlets tell is of patients who have to be there. */
export async function takeHospitalIn(node: FdpNode, { hospital }: PreparedHospital): Promise<void> {
  const tenant = node.tenant(hospital.tenant)
  const dock = messageDockOf(tenant, 'infirmary')
  const landed = await landedAt(node, tenant, dock.id)
  await recordLanded(dock, landed, tenant.flows)
  await runMessages(dock, landed, tenant.flows)
}
