import {
  checkAllowed,
  type DryRuns,
  dryRun,
  type FlowDeps,
  flowLog,
  landDocument,
  landedDocument,
  type Received,
  unlandedFrom,
} from '#flows'
import {
  canonicalJson,
  dateOf,
  type JsonObject,
  limits,
  type OdsCode,
  type PurposeId,
  type SubjectId,
  sha256Hex,
} from '#kernel'
import { mappingErrors, readMappingFile, runMappingTest } from '#mapping'
import type { Source } from '#ports'
import type { Dock } from './declaration.ts'
import { viewIn } from './declaration.ts'
import { foldedDeliveries } from './dock-log.ts'
import { dockErrors } from './errors.ts'
import { type DockMappings, type MappingVersion, mappingEntries, mappingsOf } from './mapping-log.ts'

/*
 * What is live is named in the ledger by the hash of what it says, and its text is a blob of the tenant. The file beside a
 * dock is a draft until it is promoted; what changes there changes nothing else.
 */

/** Who does something with the mapping of a dock: whoever may submit what it makes. */
export interface Promoter {
  readonly subject: SubjectId
  readonly purpose: PurposeId
}

export interface Trial extends DryRuns {
  readonly sha256: string
  readonly tests: number
}

const testEngine = { memoryLimitMb: 512, threads: 1, tempDirectory: null }

/** How a dock's mapping stands: `live` is the file beside it as it is now. */
export type MappingState = 'none' | 'live' | 'changed, not promoted' | 'not promoted'

export async function mappingState(dock: Dock, flows: FlowDeps): Promise<MappingState> {
  const document = dock.how.declared ?? dock.how.view
  if (document === undefined) return 'none'
  const live = await liveMapping(dock, flows)
  if (live === null) return 'not promoted'
  return live.sha256 === hashOf(document) ? 'live' : 'changed, not promoted'
}

/** How a dock's files are read now: by what is live, whatever lies beside it. FDP_DOCK_NOT_PROMOTED. */
export async function howLive(dock: Dock, flows: FlowDeps): Promise<Dock['how']> {
  const { declared, view, ...rest } = dock.how
  if (declared === undefined && view === undefined) return rest
  const live = await liveMapping(dock, flows)
  const document = live && (await landedDocument(live.blob, flows))
  const isMapping = document?.format === 'openfdp/mapping'
  if (!document || isMapping !== (declared !== undefined)) throw dockErrors('FDP_DOCK_NOT_PROMOTED', { dock: dock.id })
  return { ...rest, ...(isMapping ? { declared: document } : { view: document }) }
}

/**
 * Runs a draft's own tests, then the draft over what a dock last landed, or a file, beside what is live. FDP_DOCK_NOT_MAPPED,
 * FDP_DOCK_MAPPING_TESTS, FDP_DOCK_NOTHING_LANDED, FDP_FLOWS_NOT_ALLOWED, and what is wrong with the draft.
 */
export async function tryMapping(
  dock: Dock,
  text: string,
  { by, source }: { readonly by: Promoter; readonly source: Source | null },
  flows: FlowDeps,
): Promise<Trial> {
  const { document, tests } = await draftOf(dock, text, flows)
  await checkTheirs(dock, by, flows)
  const sha256 = hashOf(document)
  const live = await liveMapping(dock, flows)
  const before = live && (await landedDocument(live.blob, flows))
  const last = source === null ? await lastLanded(dock, flows) : null
  if (source === null && last === null) throw dockErrors('FDP_DOCK_NOTHING_LANDED', { dock: dock.id })
  const about = { version: 1, by: by.subject, dock: dock.id, sha256 }
  const trying = await flows.ledger.append({
    type: mappingEntries.trying,
    governance: { ...about, purpose: by.purpose, submission: last?.submission ?? null },
  })
  const [now, entry] = [document, trying.index]
  const runs =
    source === null
      ? await dryRun({ received: last!, entry, now, before }, flows)
      : await overFile(source, (blob) =>
          dryRun({ received: pretended(dock, blob, by, flows), entry, now, before }, flows),
        )
  const { isRefused, rows } = runs.now
  const governance = { ...about, of: trying.index, tests, isRefused, rows: { ...rows } }
  await flows.ledger.append({ type: mappingEntries.tried, governance })
  return { ...runs, sha256, tests }

  /** What is only tried is not kept. */
  async function overFile<T>(file: Source, run: (blob: string) => Promise<T>): Promise<T> {
    const { blob, forget } = await unlandedFrom(file, limits.submissionBytesMax, flows)
    try {
      return await run(blob)
    } finally {
      await forget()
    }
  }
}

/**
 * Makes a draft live from the next delivery on. Its tests must pass, and it must have been tried where there is anything to
 * try it on. FDP_DOCK_NOT_TRIED, FDP_DOCK_IS_LIVE, and those of `tryMapping`.
 */
export async function promoteMapping(
  dock: Dock,
  text: string,
  { by, reason }: { readonly by: Promoter; readonly reason: string },
  flows: FlowDeps,
): Promise<MappingVersion> {
  const { document } = await draftOf(dock, text, flows)
  await checkTheirs(dock, by, flows)
  const sha256 = hashOf(document)
  const live = await liveMapping(dock, flows)
  if (live?.sha256 === sha256 && (await mappingsOf(flows.ledger, dock.id)).stack.length > 0)
    throw dockErrors('FDP_DOCK_IS_LIVE', { dock: dock.id })
  const isTried = (await mappingsOf(flows.ledger, dock.id)).tried.has(sha256)
  const isNew = live?.sha256 !== sha256
  if (isNew && !isTried && (await lastLanded(dock, flows)) !== null)
    throw dockErrors('FDP_DOCK_NOT_TRIED', { dock: dock.id })
  const blob = await landDocument(document, flows)
  const replaces = live && isNew ? { sha256: live.sha256, blob: live.blob } : null
  await flows.ledger.append({
    type: mappingEntries.promoted,
    governance: { version: 1, by: by.subject, purpose: by.purpose, dock: dock.id, sha256, blob, replaces },
    detail: { reason: reason.slice(0, limits.justificationCharactersMax) },
  })
  return { sha256, blob }
}

/** Makes the one before live again. FDP_DOCK_NOTHING_BEFORE. */
export async function rollBackMapping(dock: Dock, by: Promoter, flows: FlowDeps): Promise<MappingVersion> {
  await checkTheirs(dock, by, flows)
  const before = (await mappingsOf(flows.ledger, dock.id)).stack.at(-2)
  if (!before) throw dockErrors('FDP_DOCK_NOTHING_BEFORE', { dock: dock.id })
  const governance = { version: 1, by: by.subject, purpose: by.purpose, dock: dock.id, ...before }
  await flows.ledger.append({ type: mappingEntries.rolledBack, governance })
  return before
}

export async function mappingHistory(dock: Dock, flows: FlowDeps): Promise<DockMappings['events']> {
  return (await mappingsOf(flows.ledger, dock.id)).events
}

/** What is in force; of a dock that ran before anything was promoted what its last delivery was read by. */
async function liveMapping(dock: Dock, flows: FlowDeps): Promise<MappingVersion | null> {
  const promoted = (await mappingsOf(flows.ledger, dock.id)).stack.at(-1)
  if (promoted) return promoted
  const blob = (await landedBy(dock, flows)).findLast(({ view }) => view !== null)?.view
  return blob && (await flows.blobs.has(blob)) ? { blob, sha256: hashOf(await landedDocument(blob, flows)) } : null
}

async function lastLanded(dock: Dock, flows: FlowDeps): Promise<Received | null> {
  for (const received of (await landedBy(dock, flows)).toReversed()) {
    if (await flows.blobs.has(received.blob)) return received
  }
  return null
}

/** Submissions of a dock, oldest first. */
async function landedBy(dock: Dock, { ledger }: FlowDeps): Promise<readonly Received[]> {
  const { received } = await flowLog(ledger)
  const known = (await foldedDeliveries(ledger)).get(dock.id) ?? []
  return known.flatMap((submission) => received.get(submission) ?? [])
}

async function draftOf(
  dock: Dock,
  text: string,
  { openEngine, readers }: FlowDeps,
): Promise<{ readonly document: JsonObject; readonly tests: number }> {
  const { declared, view } = dock.how
  if (view !== undefined) {
    try {
      return { document: viewIn(text), tests: 0 }
    } catch {
      throw dockErrors('FDP_DOCK_DECLARATION', { dock: dock.id, where: 'view', what: 'no JSON object to be read' })
    }
  }
  if (declared === undefined) throw dockErrors('FDP_DOCK_NOT_MAPPED', { dock: dock.id })
  const { document, mapping, tests } = readMappingFile(text)
  if (tests.length === 0) throw mappingErrors('FDP_MAPPING_NO_TESTS')
  await using engine = await openEngine(testEngine)
  let failed = 0
  for (const test of tests) {
    if ((await runMappingTest(mapping, test, { engine, reader: readers.csv })).length > 0) failed++
  }
  if (failed > 0) throw dockErrors('FDP_DOCK_MAPPING_TESTS', { failed })
  return { document, tests: tests.length }
}

async function checkTheirs(dock: Dock, by: Promoter, flows: FlowDeps): Promise<void> {
  await checkAllowed({ object: dock.object, controller: dock.controller as OdsCode, ...by }, flows)
}

/** A file that a dock might have taken. */
function pretended(dock: Dock, blob: string, { subject, purpose }: Promoter, { clock }: FlowDeps): Received {
  return {
    ...{ submission: 'tried', object: dock.object, controller: dock.controller as OdsCode, blob, bytes: 0 },
    ...{ asAt: dateOf(clock.now()), mapping: null, format: dock.how.format ?? 'csv', part: null, view: null },
    dialect: { encoding: null, delimiter: null },
    ...{ origin: null, labels: [], corrects: null, mode: dock.kind, rowsSaid: null, by: subject, purpose },
  }
}

function hashOf(document: JsonObject): string {
  return sha256Hex(canonicalJson(document))
}
