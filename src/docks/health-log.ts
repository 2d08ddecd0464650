import { formatErrors, type Instant, type JsonObject } from '#kernel'
import { keptFold, type Ledger, type LedgerEntry } from '#ledger'
import type { Grade, Health, SignName } from './health.ts'

/** Of a sign: what is told when it changes. `unknown` is never told: too little is known to say. */
export type Told = Exclude<Grade, 'unknown'>

/** A sign of which the grade changed, as its `health.graded` entry has it. */
export interface Graded {
  readonly entry: number
  readonly at: Instant
  readonly object: string
  readonly controller: string
  readonly sign: SignName
  readonly was: Told
  readonly grade: Told
  /** The figures that the grade follows from: counts, days and names of the contract. */
  readonly says: string
}

export interface HealthLog {
  /** Every change, oldest first. */
  readonly changes: readonly Graded[]
  /** The last change of each sign that does not stand at `good`, oldest first. */
  standing(): readonly Graded[]
  /** The entry up to which a connection has been told; null before the first time. */
  toldUpTo(connection: string): number | null
}

interface Folding {
  readonly changes: Graded[]
  readonly latest: Map<string, Graded>
  readonly told: Map<string, number>
}

const foldedHealth = keptFold(
  (): Folding => ({ changes: [], latest: new Map(), told: new Map() }),
  (folding, entry) => foldEntry(folding, entry),
)

/** A fold of the ledger's `health.*` entries, as of the last durable one. */
export async function healthLog(ledger: Ledger): Promise<HealthLog> {
  const { changes, latest, told } = await foldedHealth(ledger)
  return {
    changes,
    standing: () => [...latest.values()].filter(({ grade }) => grade !== 'good').sort((a, b) => a.entry - b.entry),
    toldUpTo: (connection) => told.get(connection) ?? null,
  }
}

function foldEntry({ changes, latest, told }: Folding, { index, time, type, governance }: LedgerEntry): void {
  if (!type.startsWith('health.')) return
  if (governance.version !== 1) {
    throw formatErrors('FDP_FORMAT_NEWER', { format: type, found: Number(governance.version), known: 1 })
  }
  const body = governance as JsonObject as unknown as Omit<Graded, 'entry' | 'at'> & {
    connection: string
    upTo: number
  }
  if (type === 'health.told') told.set(body.connection, body.upTo)
  if (type !== 'health.graded') return
  const { object, controller, sign, was, grade, says } = body
  const change = { ...{ entry: index, at: time, object, controller, sign }, ...{ was, grade, says } }
  changes.push(change)
  latest.set(signId(change), change)
}

const signId = ({ object, controller, sign }: Pick<Graded, 'object' | 'controller' | 'sign'>) =>
  `${object} ${controller} ${sign}`

/** Writes an entry for each sign of which the grade is another one than the last entry says; `good` before the first. */
export async function noteHealth(now: readonly Health[], ledger: Ledger): Promise<void> {
  const { latest } = await foldedHealth(ledger)
  for (const { object, controller, signs } of now) {
    for (const { sign, grade, says } of signs) {
      const was = latest.get(signId({ object, controller, sign }))?.grade ?? 'good'
      if (grade === 'unknown' || grade === was) continue
      await ledger.append({
        type: 'health.graded',
        governance: { ...{ version: 1, object, controller, sign }, ...{ was, grade, says } },
      })
    }
  }
}

/**
 * What a connection has not been told yet, oldest first: changes to or from what it is told of. One that was never told
 * anything is told what stands now, not the whole past.
 */
export function untold(log: HealthLog, connection: string, from: 'watch' | 'act'): readonly Graded[] {
  const upTo = log.toldUpTo(connection)
  const isWorse = (grade: Told) => grade === 'act' || grade === from
  if (upTo === null) return log.standing().filter(({ grade }) => isWorse(grade))
  return log.changes.filter(({ entry, was, grade }) => entry > upTo && (isWorse(was) || isWorse(grade)))
}
