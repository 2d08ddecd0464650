import { objectType } from '#contracts'
import { limits } from '#kernel'
import type { CsvDialect } from '#ports'
import { checkAllowed } from './allowed.ts'
import { fail } from './errors.ts'
import { checkEvents } from './events.ts'
import { finish } from './finish.ts'
import { flowLog, receivedToJson } from './flow-log.ts'
import { partHash, readerOf } from './format.ts'
import { checkGpData, labelsFor } from './labels.ts'
import { landDocument, mappingOf } from './landed-mapping.ts'
import { queueOf } from './queue.ts'
import type { SubmissionReport } from './report.ts'
import { storing } from './stores.ts'
import {
  type Acknowledged,
  type FlowDeps,
  type Mapping,
  type Received,
  type Submission,
  submissionId,
} from './submission.ts'

const anyDialect: CsvDialect = { encoding: null, delimiter: null }

/**
 * Lands, acknowledges, checks, splits and publishes one snapshot, after those submitted before it. A file that breaks a
 * FAIL rule is refused by the report, not by an error. The same submission again changes nothing and returns the report
 * of the first time.
 * Errors: FDP_FLOWS_NOT_ALLOWED, FDP_FLOWS_UNKNOWN_OBJECT, FDP_FLOWS_CONTROLLER_NOT_HERE, FDP_FLOWS_STORE_FAILED,
 * FDP_FLOWS_QUEUE_FULL, FDP_FLOWS_KEY_COLLISION, FDP_FLOWS_FORMAT_UNKNOWN, FDP_FLOWS_NO_PARTS,
 * FDP_FLOWS_MAPPING_OBJECT; those of a view or a mapping that is none (FDP_FHIR_*, FDP_MAPPING_*), those
 * of the source, and FDP_LEDGER_*.
 */
export async function submit(submission: Submission, deps: FlowDeps): Promise<SubmissionReport> {
  return await queueOf(deps.ledger).run(() => submitNow(submission, deps))
}

async function submitNow(submission: Submission, given: FlowDeps): Promise<SubmissionReport> {
  const deps = withMapping(submission, given)
  deps.progress?.('decide', 0, null)
  const { mode = 'snapshot' } = submission
  if (mode !== 'snapshot' && mode !== 'events') throw fail('FDP_FLOWS_MODE', { mode })
  await checkAllowed(submission, deps)
  if (mode === 'events') checkEvents(objectType(submission.object))
  const reader = readerOf(submission.format ?? 'csv', deps.readers)
  if (submission.part !== undefined && !reader.hasParts) throw fail('FDP_FLOWS_NO_PARTS')
  await checkGpData(submission, deps)
  const received = await land(submission, deps)
  const log = await flowLog(deps.ledger)
  const earlier = log.outcomes.get(received.submission)
  const lost = deps.governance.catalogue().lostBy(received.object, received.controller)
  // What was published and is lost is taken in again.
  if (earlier && lost !== null && lost > earlier.entry) return await finish(await receive(received, deps), deps)
  if (earlier) {
    // The bytes of the first time may have been destroyed since.
    if (!log.blobs.has(received.blob)) await deps.blobs.delete(received.blob)
    return earlier
  }
  return await finish(log.received.get(received.submission) ?? (await receive(received, deps)), deps)
}

/** What a view does not fit is said before anything is landed. */
function withMapping(submission: Submission, deps: FlowDeps): FlowDeps & { readonly mapping: Mapping | null } {
  const { mapping: given, view, declared } = submission
  if ([given, view, declared].filter((each) => each !== undefined).length > 1)
    throw new Error('a submission has a mapping, a view or a declared mapping, not two of them')
  const document = view ?? declared
  const mapping = document ? mappingOf(document) : (given ?? null)
  const object = mapping?.object ?? submission.object
  if (object !== submission.object) throw fail('FDP_FLOWS_MAPPING_OBJECT', { object })
  return { ...deps, mapping, mappings: [...(mapping ? [mapping] : []), ...(deps.mappings ?? [])] }
}

async function land(submission: Submission, deps: FlowDeps & { mapping: Mapping | null }): Promise<Received> {
  const { object, controller, asAt, source, subject, purpose, part, view, declared } = submission
  const { mapping } = deps
  async function* watched(): AsyncGenerator<Uint8Array> {
    let done = 0
    for await (const chunk of source.open()) {
      yield chunk
      done += chunk.length
      deps.progress?.('land', done, source.bytes)
    }
  }
  const blob = await storing('blob store', 'land', () => deps.blobs.put(watched(), limits.submissionBytesMax))
  const of = {
    object,
    controller,
    asAt,
    mapping: mapping ? { id: mapping.id, version: mapping.version } : null,
    format: submission.format ?? 'csv',
    part: part === undefined ? null : partHash(deps.keys, part),
    dialect: submission.dialect ?? anyDialect,
    blob: blob.id,
    ...{ origin: submission.origin ?? null, labels: labelsFor(submission, deps) },
    ...{ corrects: submission.corrects ?? null, mode: submission.mode ?? 'snapshot' },
    rowsSaid: submission.rowsSaid ?? null,
  }
  const document = view ?? declared
  const kept = document === undefined ? null : await landDocument(document, deps)
  return { ...of, submission: submissionId(of), view: kept, bytes: blob.bytes, by: subject, purpose }
}

/** The acknowledgement: from this entry on nothing is lost. */
async function receive(received: Received, deps: FlowDeps): Promise<Acknowledged> {
  const input = { type: 'flow.received', governance: receivedToJson(received) }
  const receipt = await storing('ledger', 'receive', () => deps.ledger.append(input))
  deps.acknowledged?.(received.submission, receipt.index)
  return { ...received, entry: receipt.index }
}
