import { type CompiledChecks, objectType } from '#contracts'
import { isFdpError } from '#kernel'
import { recordKeySecrets } from '#privacy'
import { checkRows, countFindings, countRows } from './check-rows.ts'
import { keepOut } from './erase/kept-out.ts'
import { fail } from './errors.ts'
import { flowLog } from './flow-log.ts'
import { identify } from './identify.ts'
import { landedDocument, mappingOf } from './landed-mapping.ts'
import { walk } from './life.ts'
import { publish, refuse } from './outcome.ts'
import { quarantineBytes } from './quarantine-file.ts'
import { type FileRead, readFile } from './read-file.ts'
import type { Finding, SubmissionReport } from './report.ts'
import { makeTyped } from './split.ts'
import { storing } from './stores.ts'
import type { Acknowledged, FlowDeps, Mapping } from './submission.ts'
import { dropTexts, type Texts, type Work } from './work.ts'

export const engineDefault = { memoryLimitMb: 8_192, threads: 2 }
/** Values kept of one submission's bad rows. */
const quarantineBytesMax = 4 * 1024 ** 3

/**
 * Takes an acknowledged submission from its landed bytes to `flow.published` or `flow.refused`. May be called again
 * after any failure: until one of the two entries is durable nothing it did is visible.
 * Errors: FDP_FLOWS_MAPPING_UNKNOWN, FDP_FLOWS_FORMAT_UNKNOWN, FDP_FLOWS_KEY_COLLISION, FDP_FLOWS_STORE_FAILED, and those of the ports.
 */
export async function finish(received: Acknowledged, deps: FlowDeps): Promise<SubmissionReport> {
  const type = objectType(received.object)
  const mapping = await findMapping(received, deps)
  const engine = await deps.openEngine({ ...engineDefault, ...deps.engine, tempDirectory: null })
  try {
    const steps = walk('receive', (step) => deps.progress?.(step, 0, null))
    return await run({ deps, received, mapping, type, engine, secrets: recordKeySecrets(deps.keys), walk: steps })
  } finally {
    await engine.close()
  }
}

/** A submission may have been received by a release that had the mapping, or one that compiled its view in another way. */
async function findMapping({ mapping, submission, view }: Acknowledged, deps: FlowDeps): Promise<Mapping | null> {
  if (mapping === null) return null
  const mappings = view === null ? (deps.mappings ?? []) : [mappingOf(await landedDocument(view, deps))]
  const found = mappings.find(({ id, version }) => id === mapping.id && version === mapping.version)
  const name = `${mapping.id}/${mapping.version}`
  if (!found) throw fail('FDP_FLOWS_MAPPING_UNKNOWN', { submission: submission.slice(0, 12), mapping: name })
  return found
}

async function run(work: Work): Promise<SubmissionReport> {
  work.walk.go('read')
  const read = await readOrProblem(work)
  if (!read.texts) return await refuse(work, read, { findings: read.findings, quarantine: null })
  work.walk.go('check')
  const compiled = await checkRows(work, read.texts)
  const keptOut = await keepOut(work, read.texts)
  const report = await decideOutcome(work, read, read.texts, compiled)
  // The file as it was sent holds somebody who was erased.
  if (keptOut > 0 && !(await flowLog(work.deps.ledger)).blobs.has(work.received.blob)) {
    await work.deps.destroyBackupKeys()
    await work.deps.blobs.delete(work.received.blob)
  }
  return report
}

async function decideOutcome(
  work: Work,
  read: FileRead,
  texts: Texts,
  compiled: CompiledChecks,
): Promise<SubmissionReport> {
  const failed = (await countFindings(work)).some(({ severity }) => severity === 'FAIL')
  if (failed) return await refuse(work, read, await quarantineRows(work, read, texts))
  work.walk.go('identify')
  const persons = await identify(work, texts)
  const kept = await quarantineRows(work, read, texts)
  const counts = await countRows(work)
  work.walk.go('split')
  const rows = await makeTyped(work, texts, compiled)
  await dropTexts(work)
  return await publish(work, read, { ...kept, ...counts, persons, rows, present: new Set(texts.columns.keys()) })
}

/** A file that is no table at all is refused with the reader's own words: status 422 says so, and that they hold no value. */
export async function readOrProblem(work: Work): Promise<FileRead> {
  const { deps, received } = work
  const isDestroyed = !(await flowLog(deps.ledger)).blobs.has(received.blob) && !(await deps.blobs.has(received.blob))
  if (isDestroyed) return unreadable('what was sent was destroyed before it was read')
  try {
    return await readFile(work)
  } catch (error) {
    const isFile = isFdpError(error) && error.status === 422
    if (!isFile && !isFdpError(error, 'FDP_FLOWS_MAPPING_FAILED')) throw error
    return unreadable(error.message)
  }
}

function unreadable(problem: string): FileRead {
  const findings: Finding[] = [{ rule: 'file.unreadable', severity: 'FAIL', column: null, rows: 0 }]
  return { texts: null, rowsRead: 0, unreadable: 0, findings, unknownColumns: [], problem }
}

async function quarantineRows(
  work: Work,
  read: FileRead,
  texts: Texts,
): Promise<{ findings: readonly Finding[]; quarantine: string | null }> {
  const findings = [...read.findings, ...(await countFindings(work))]
  if (!findings.some(({ severity, rows }) => severity !== 'WARN' && rows > 0)) return { findings, quarantine: null }
  const { submission, object } = work.received
  const bytes = quarantineBytes(work.engine, { submission, object }, texts)
  const blob = await storing('blob store', work.walk.at(), () => work.deps.blobs.put(bytes, quarantineBytesMax))
  return { findings, quarantine: blob.id }
}
