import { emptyState, fold, type GovernanceState, isInLine } from '#governance'
import { addMs, canonicalJson, type DateOnly, parseInstant, type SubjectId, sha256Hex } from '#kernel'
import type { LedgerEntry, Receipt } from '#ledger'
import type { AuditDeps } from './deps.ts'
import { entitledEvents } from './entitled-events.ts'
import { auditErrors } from './errors.ts'
import type { AuditBody } from './events.ts'
import { signAudit } from './sign.ts'

/** How many of a day's justifications are looked at: a share, and never fewer than a few. */
export const sampleRule = { share: 0.05, min: 5, max: 1_000 } as const

const dayMs = 86_400_000

export interface Sample {
  readonly id: string
  /** Entries from `from` up to but without `to`. */
  readonly from: number
  readonly to: number
  readonly root: string
  /** Justifications of the day. */
  readonly population: number
  readonly entries: readonly number[]
}

/**
 * The sample of a day, the same whoever draws it: each justification is ranked by SHA-256 of the tree's root at the end of
 * the day and its index, and the first few are taken. Nobody knows the root before the day is over, and afterwards it
 * is signed and cosigned. Justifications: of sessions and reads whose purpose asks for one.
 * FDP_AUDIT_DAY_NOT_OVER.
 */
export async function sampleOf(deps: Pick<AuditDeps, 'ledger' | 'tenant'>, day: DateOnly): Promise<Sample> {
  const begins = parseInstant(`${day}T00:00:00.000Z`)
  const ends = addMs(begins, dayMs)
  let state = emptyState(deps.tenant)
  const found: number[] = []
  let [from, to] = [-1, -1]
  for await (const entry of deps.ledger.entries()) {
    if (from < 0 && entry.time >= begins) from = entry.index
    if (entry.time >= ends) {
      to = entry.index
      break
    }
    if (entry.time >= begins && hasReason(state, entry)) found.push(entry.index)
    state = fold(state, entry)
  }
  if (to <= 0) throw auditErrors('FDP_AUDIT_DAY_NOT_OVER')
  const root = await deps.ledger.rootAt(to)
  const size = Math.min(sampleRule.max, Math.max(sampleRule.min, Math.ceil(found.length * sampleRule.share)))
  const entries = [...found].sort(byRank(root)).slice(0, size)
  return { id: `sample-${day}`, from: Math.max(from, 0), to, root, population: found.length, entries }
}

function hasReason(state: GovernanceState, { type, governance }: LedgerEntry): boolean {
  const asks = state.purposes.get(String(governance.purpose))?.justification
  return (type === 'session.opened' && asks === 'once-a-session') || (type === 'read.opened' && asks === 'each-read')
}

function byRank(root: string): (a: number, b: number) => number {
  const rank = (index: number) => sha256Hex(`${root} ${index}`)
  return (a, b) => (rank(a) < rank(b) ? -1 : 1)
}

/** Draws the sample of a day and puts it on record; the same sample once. FDP_AUDIT_DAY_NOT_OVER, FDP_AUDIT_CASE_EXISTS. */
export async function drawSample(deps: AuditDeps, by: SubjectId, day: DateOnly): Promise<Sample> {
  const sample = await sampleOf(deps, day)
  const drawn = await samplesOf(deps)
  if (drawn.some(({ id }) => id === sample.id)) throw auditErrors('FDP_AUDIT_CASE_EXISTS', { id: sample.id })
  await signAudit(deps, 'audit.sample-drawn', { by, ...sample, entries: [...sample.entries] })
  return sample
}

export type ReviewOutcome = AuditBody<'audit.reviewed'>['outcome']

/** A sample with what came of it. Public: counts and indices, no person and no reason. */
export interface SampleResult extends Sample {
  /** Whether drawing again gives the very same entries. */
  readonly honest: boolean
  readonly outcomes: Readonly<Record<ReviewOutcome, number>>
  readonly open: readonly number[]
}

export async function samplesOf(deps: AuditDeps): Promise<readonly SampleResult[]> {
  const events = await entitledEvents(deps, 'audit.sample-drawn', 'audit.reviewed')
  const results: SampleResult[] = []
  for (const event of events) {
    if (event.type !== 'audit.sample-drawn') continue
    const { version: _, by: __, ...sample } = event.body
    const reviews = new Map<number, ReviewOutcome>()
    for (const { type, body } of events) {
      if (type !== 'audit.reviewed' || body.sample !== sample.id || !sample.entries.includes(body.entry)) continue
      if (!reviews.has(body.entry)) reviews.set(body.entry, body.outcome)
    }
    const count = (outcome: ReviewOutcome) => [...reviews.values()].filter((each) => each === outcome).length
    results.push({
      ...sample,
      honest: await isHonest(deps, sample),
      outcomes: {
        acceptable: count('acceptable'),
        unclear: count('unclear'),
        'not-acceptable': count('not-acceptable'),
      },
      open: sample.entries.filter((entry) => !reviews.has(entry)),
    })
  }
  return results
}

async function isHonest(deps: AuditDeps, sample: Sample): Promise<boolean> {
  const day = /^sample-(\d{4}-\d\d-\d\d)$/.exec(sample.id)?.[1]
  if (!day) return false
  const again = await sampleOf(deps, day as DateOnly)
  return (
    canonicalJson({ ...again, entries: [...again.entries] }) ===
    canonicalJson({ ...sample, entries: [...sample.entries] })
  )
}

/** The reason of a sampled entry, for its reviewer; that it was shown goes on record first. */
export async function reasonFor(
  deps: AuditDeps,
  of: { by: SubjectId; sample: string; entry: number },
): Promise<string> {
  await checkReviewer(deps, of)
  await signAudit(deps, 'audit.reason-shown', of)
  const detail = await deps.ledger.detail(of.entry)
  if (detail.state === 'erased') return '(erased)'
  return detail.state === 'present' ? String(detail.detail.justification ?? '(none)') : '(none)'
}

/**
 * Signs what a reviewer makes of one justification; why, in words, goes into the erasable part. Nobody reviews their own,
 * nor that of somebody they lead or report to. FDP_AUDIT_NO_SAMPLE, FDP_AUDIT_OWN_LINE, FDP_AUDIT_NOT_ENTITLED.
 */
export async function reviewSample(
  deps: AuditDeps,
  of: { by: SubjectId; sample: string; entry: number; outcome: ReviewOutcome },
  reason: string,
): Promise<Receipt> {
  await checkReviewer(deps, of)
  return await signAudit(deps, 'audit.reviewed', of, { detail: { reason } })
}

async function checkReviewer(deps: AuditDeps, of: { by: SubjectId; sample: string; entry: number }): Promise<void> {
  const { by, sample, entry } = of
  const open = (await samplesOf(deps)).find(({ id }) => id === sample)?.open ?? []
  if (!open.includes(entry)) throw auditErrors('FDP_AUDIT_NO_SAMPLE', { sample })
  const reader = String((await deps.ledger.entry(entry)).governance.subject)
  if (inLine(deps.governance.state(), by, reader)) throw auditErrors('FDP_AUDIT_OWN_LINE', { by })
}

/** The same person, or one who reports to the other, however far. */
export function inLine(state: GovernanceState, a: string, b: string): boolean {
  return a === b || isInLine(state, a, b)
}
