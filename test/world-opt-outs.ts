import { type FlowDeps, type SubmissionReport, submit } from '#flows'
import { type Gate, type GovernanceView, openGate } from '#gate'
import { type Input, type Level, type RowScope, sign } from '#governance'
import { addDays, type DateOnly, type PurposeId, parseSubjectId } from '#kernel'
import type { OriginName } from '#privacy'
import { csvSource } from '#synthetic'
import { withDocument } from './governed-tenant.ts'
import { guardian, type World } from './world.ts'
import type { Row } from './world-rows.ts'

/*
 * People who said no, and uses beyond care to hold them against, in the world of test/world.ts.
 */

const lists = ['NationalDataOptOut', 'Type1OptOut', 'Objection'] as const
type ListName = (typeof lists)[number]
const intake = 'data-intake' as PurposeId
const registrar = 'opal.grey@alder-vale.example'

/** Approves a DPIA of its own for one purpose; returns the reference that a grant takes. */
export async function dpiaFor(world: World, purpose: PurposeId, objects: readonly string[], levels: readonly Level[]) {
  const { governance, ledger } = world.tenant()
  const id = `dpia-${purpose}-${objects[0]!.toLowerCase()}`
  const kinds: ['controller-staff'] = ['controller-staff']
  const claims = [{ kinds, objects: [...objects], levels: [...levels], purposes: [purpose], daysMax: 90 }]
  const at = world.now()
  const version = withDocument({ title: id, claims })
  const input = { ...version, by: parseSubjectId(guardian), id, dpiaVersion: 1, effectiveFrom: at }
  await ledger.append(sign(governance.state(), 'governance.dpia-approved', input, at))
  return { id, version: 1, sha256: version.sha256 }
}

/** Somebody who may read `objects` at a level for a purpose of its own kind; returns who and what for. */
export async function beyondCare(
  world: World,
  of: {
    id: string
    purpose: Partial<Input<'governance.purpose-registered'>>
    level: Level
    objects?: readonly string[]
    rows?: RowScope
    columns?: readonly string[]
  },
): Promise<{ person: string; purpose: string }> {
  const id = of.id as PurposeId
  const objects = of.objects ?? ['RttPeriod', 'PatientPathway', 'Patient']
  await world.purpose(id, of.purpose)
  const dpia = await dpiaFor(world, id, objects, [of.level])
  const person = await world.hire()
  for (const object of objects) {
    const disclosurePolicy = of.level === 'aggregate' ? 'subnational-0-7-5@1' : null
    const more = { ...(of.rows ? { rows: of.rows } : {}), ...(of.columns ? { columns: [...of.columns] } : {}) }
    await world.grant(person, object, { purpose: id, level: of.level, dpia, disclosurePolicy, ...more })
  }
  return { person, purpose: id }
}

/** Lets a data manager send lists in; once a world. */
async function registrarOf(world: World): Promise<void> {
  if (world.tenant().governance.state().persons.has(parseSubjectId(registrar))) return
  await world.hire(registrar)
  const dpia = await dpiaFor(world, intake, lists, ['identifiable'])
  for (const object of lists) {
    await world.grant(registrar, object, { action: 'submit', purpose: intake, level: 'identifiable', dpia })
  }
}

export async function submitList(
  world: World,
  object: ListName,
  rows: readonly Row[],
  days = 0,
  deps: FlowDeps = world.tenant().flows,
): Promise<SubmissionReport> {
  await registrarOf(world)
  const tenant = world.tenant()
  const submission = {
    ...{ object, controller: tenant.profile.controller, asAt: addDays(world.today, days) as DateOnly },
    ...{ subject: parseSubjectId(registrar), purpose: intake, origin: 'opt-out-list' as OriginName },
    source: csvSource(`${object}.csv`, rows, { delimiter: ',', encoding: 'utf8' }),
  }
  return submit(submission, deps)
}

/** A whole list of these patients (rows of `world.rows().Patient`). */
export function optOut(world: World, patients: readonly Row[], days = 0, deps?: FlowDeps): Promise<SubmissionReport> {
  return submitList(
    world,
    'NationalDataOptOut',
    patients.map(({ nhsNumber }) => ({ nhsNumber: nhsNumber! })),
    days,
    deps,
  )
}

/** A gate over the first trust with another view of governance, as a reader of an older version would have. */
export function gateOver(world: World, governance: GovernanceView): Gate {
  const { flows, folder, standstill } = world.tenant()
  const { ledger, lake, vault, keys, clock, random, openEngine, tenant } = flows
  return openGate({
    ...{ tenant, ledger, lake, vault, keys, clock, random, governance, openEngine, standstill, covers: 'subnational' },
    engine: { memoryLimitMb: 512, threads: 1, tempDirectory: `${folder}/spill` },
  })
}
