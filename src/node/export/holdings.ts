import { objectTypes } from '#contracts'
import type { Session } from '#gate'
import { generalColumnsAt } from '#governance'
import { dateOf, type EntryIndex, isFdpError, type OdsCode } from '#kernel'
import type { Tenant } from '../tenant.ts'
import { exportErrors } from './errors.ts'
import { rowsQuestion, wholeColumns } from './object-rows.ts'

/** What there is of one object type and controller, and how much of it somebody may read. */
export interface Holding {
  readonly object: string
  readonly controller: OdsCode
  readonly asAt: string
  /** Fewer rows than this are not all. */
  readonly rowsMin: number
  readonly labels: readonly string[]
  readonly columns: readonly string[]
  readonly withheld: readonly string[]
}

type Published = Omit<Holding, 'columns' | 'withheld'>

/**
 * Everything that the ledger makes current, and what actions made beside it, by object type and controller.
 * FDP_EXPORT_NOT_AVAILABLE where somebody may not read one of them whole.
 */
export async function holdingsOf(
  tenant: Tenant,
  session: Session,
  asOf: EntryIndex,
  justification?: string,
): Promise<readonly Holding[]> {
  const published = withEdits(tenant, await publishedRows(tenant), asOf)
  const sorted = published.toSorted((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1))
  const holdings: Holding[] = []
  for (const each of sorted) {
    const whole = wholeColumns(session, each.object)
    if (whole === null) await refuse(session, each, justification)
    else holdings.push({ ...each, ...whole })
  }
  return holdings
}

/** The attempt is put on record with its reasons, for the officers; who made it hears none of them. */
async function refuse(session: Session, { object, controller }: Published, justification?: string): Promise<never> {
  const columns = generalColumnsAt(object, 'identifiable')
  try {
    await using _refused = await session.rows(
      rowsQuestion({
        ...{ object, controller, columns },
        ...(justification === undefined ? {} : { justification }),
      }),
    )
  } catch (error) {
    if (!isFdpError(error, 'FDP_GATE_NOT_AVAILABLE')) throw error
  }
  throw exportErrors('FDP_EXPORT_NOT_AVAILABLE')
}

const nameOf = ({ object, controller }: Pick<Published, 'object' | 'controller'>) => `${object} ${controller}`

async function publishedRows({ governance, lake }: Tenant): Promise<Published[]> {
  const catalogue = governance.catalogue()
  const found: Published[] = []
  for (const { object, controller, asAt, report } of catalogue.publications()) {
    const manifest = catalogue.lakeManifest(object)
    // What models make is made again where they are; their keys at a level with names are tokens all the same.
    const isDerived = objectTypes().find(({ name }) => name === object)?.origin === 'derived'
    if (manifest === null || isDerived) continue
    const files = (await lake.version(manifest)).files.filter((file) => file.controller === controller)
    const rowsMin = files.reduce((sum, file) => sum + file.rows, 0)
    const labels = (report?.labels ?? []) as readonly string[]
    found.push({ object, controller: controller as OdsCode, asAt, rowsMin, labels })
  }
  return found
}

/** Actions make records and take some away before the source does. */
function withEdits(tenant: Tenant, published: readonly Published[], asOf: EntryIndex): readonly Published[] {
  const all = new Map(published.map((each) => [nameOf(each), each]))
  for (const object of new Set(tenant.edits.open.map((edit) => edit.object))) {
    for (const { controller, created, deleted } of tenant.edits.overlay(object, asOf, 'shown')?.patches ?? []) {
      const of = { object, controller: controller as OdsCode }
      const asAt = dateOf(tenant.flows.clock.now())
      const known = all.get(nameOf(of)) ?? { ...of, asAt, rowsMin: 0, labels: [] }
      all.set(nameOf(of), { ...known, rowsMin: known.rowsMin + Number(created) - Number(deleted) })
    }
  }
  return [...all.values()]
}
