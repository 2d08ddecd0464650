import { finish } from './finish.ts'
import { flowLog } from './flow-log.ts'
import { queueOf } from './queue.ts'
import type { SubmissionReport } from './report.ts'
import type { FlowDeps } from './submission.ts'

/**
 * Finishes, in the order they were received, the submissions that were acknowledged but neither published nor refused.
 * For start-up, before anything else is submitted.
 */
export async function resume(deps: FlowDeps): Promise<SubmissionReport[]> {
  return await queueOf(deps.ledger).run(async () => {
    const { received, outcomes } = await flowLog(deps.ledger)
    const reports: SubmissionReport[] = []
    for (const each of [...received.values()]) {
      if (!outcomes.has(each.submission)) reports.push(await finish(each, deps))
    }
    return reports
  })
}

/**
 * Deletes what no ledger entry names: landed files that were never acknowledged, staged files, segments and manifests of
 * flows that did not end. Takes its turn among submissions, so that nothing on its way is taken for left over.
 */
export async function sweep(deps: FlowDeps): Promise<{ lake: number; vault: number; blobs: number }> {
  return await queueOf(deps.ledger).run(async () => {
    await deps.destroyBackupKeys()
    const named = deps.governance.catalogue().namedManifests()
    const lake = (await deps.lake.sweep(named.lake)).deleted
    const vault = (await deps.vault.sweep(named.vault)).deleted
    const { blobs: kept } = await flowLog(deps.ledger)
    const unnamed: string[] = []
    for await (const { id } of deps.blobs.list()) if (!kept.has(id)) unnamed.push(id)
    for (const id of unnamed) await deps.blobs.delete(id)
    return { lake, vault, blobs: unnamed.length }
  })
}
