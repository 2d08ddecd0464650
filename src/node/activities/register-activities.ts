import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { sign } from '#governance'
import type { SubjectId } from '#kernel'
import type { Receipt } from '#ledger'
import type { Source } from '#ports'
import { appendInTurn } from '../signing.ts'
import type { Tenant } from '../tenant.ts'
import { readText } from '../text-source.ts'
import { type ActivityInput, activitiesFileName, basisFilePattern, readActivities } from './activity-files.ts'
import { activityErrors } from './errors.ts'

const fileBytesMax = 5_000_000

export interface RegisteredActivities {
  /** Those that the register did not have, or not so. */
  readonly changed: readonly ActivityInput[]
  readonly unchanged: number
  readonly withoutBasis: readonly string[]
  readonly cut: number
  readonly receipts: readonly Receipt[]
}

/**
 * Registers the published activities of a folder with their lawful bases, so that purposes can name them; what the
 * register has already is left alone. Errors: FDP_ACTIVITY_FOLDER, FDP_ACTIVITY_FILE, FDP_GOVERNANCE_NOT_ENTITLED.
 */
export async function registerActivities(
  tenant: Tenant,
  input: { readonly folder: string; readonly by: SubjectId; readonly openFile: (path: string) => Promise<Source> },
): Promise<RegisteredActivities> {
  const { folder, by, openFile } = input
  const names = await readdir(folder).catch(() => [])
  const wanted = names.filter((name) => name === activitiesFileName || basisFilePattern.test(name)).sort()
  const files = await Promise.all(
    wanted.map(async (name) => {
      const source = await openFile(join(folder, name))
      return {
        name,
        text: await readText(source, fileBytesMax, (why) => activityErrors('FDP_ACTIVITY_FILE', { name, why })),
      }
    }),
  )
  const { activities, withoutBasis, cut } = readActivities(files)
  let changed: readonly ActivityInput[] = []
  // All are signed before the first is appended.
  const receipts = await appendInTurn(tenant, (state, at) => {
    changed = activities.filter((each) => {
      const known = state.activities.get(each.id)
      return (
        known?.name !== each.name ||
        known.function !== each.function ||
        known.conditions !== each.conditions ||
        known.dutyOfConfidence !== each.dutyOfConfidence
      )
    })
    return changed.map((each) => sign(state, 'governance.activity-registered', { by, ...each }, at))
  })
  return { changed, unchanged: activities.length - changed.length, withoutBasis, cut, receipts }
}
