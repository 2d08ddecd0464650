import { setImmediate } from 'node:timers/promises'
import { PublicRecord, type Transparency, transparencyOf } from '#audit'
import { accessView } from '#governance'
import { type Clock, type Instant, msBetween } from '#kernel'
import { parseCheckpoint, parseNote } from '#ledger'
import type { Tenant } from './tenant.ts'

/** A tenant's transparency document as it was last drawn, and what it was drawn from. */
export interface PublicBook {
  readonly document: Transparency
  readonly record: PublicRecord
  /** Another value whenever the document is another one. */
  readonly etag: string
  readonly drawnAt: Instant
  /** How old it is at least before it is drawn again. */
  readonly ageMsMin: number
}

/** Time alone can change what holds, so a document is drawn again after so long even if no entry came. */
const ageMsMax = 60_000
/** Nobody can have it drawn more often than this, however many ask and however fast entries come. */
const ageMsMin = 1_000
/** Nor have more than one part in so many of the time spent on it. */
const restFactor = 20
/** Entries taken before others get their turn. */
const entriesInTurn = 500

interface Keeper {
  readonly record: PublicRecord
  readonly view: ReturnType<typeof accessView>
  book: PublicBook | null
  /** One drawing at a time; whoever asks meanwhile gets that one. */
  drawing: Promise<PublicBook> | null
}

const keepers = new WeakMap<Tenant, Keeper>()

/**
 * What the public may know of a tenant now: a second old at most, or twenty times as old as drawing it takes. Kept up from the ledger entry by entry, so asking costs
 * nothing while nothing happens. Rejects with FDP_LEDGER_UNAVAILABLE where the ledger has stopped.
 */
export async function publicBook(tenant: Tenant, clock: Clock): Promise<PublicBook> {
  const keeper = keepers.get(tenant) ?? keeperOf(tenant)
  keepers.set(tenant, keeper)
  const { book } = keeper
  if (book && !isStale(book, tenant, clock.now())) return book
  keeper.drawing ??= draw(tenant, keeper, clock).finally(() => {
    keeper.drawing = null
  })
  return await keeper.drawing
}

function keeperOf({ profile, governance }: Tenant): Keeper {
  const record = new PublicRecord(profile.id)
  return { record, view: accessView(governance.policies), book: null, drawing: null }
}

function isStale({ drawnAt, document, ageMsMin }: PublicBook, { ledger }: Tenant, now: Instant): boolean {
  const age = msBetween(drawnAt, now)
  return age >= ageMsMax || age < 0 || (age >= ageMsMin && ledger.size !== document.ledger.size)
}

async function draw(tenant: Tenant, keeper: Keeper, clock: Clock): Promise<PublicBook> {
  const { ledger, profile, governance } = tenant
  const { record, view } = keeper
  const checkpoint = ledger.checkpoint()
  const { size } = parseCheckpoint(parseNote(checkpoint).text)
  for await (const entry of ledger.entries(record.size, size)) {
    record.take(entry)
    if (entry.index % entriesInTurn === 0) await setImmediate()
  }
  const now = clock.now()
  // A clock that stands behind the ledger does not make the document older than its last entry.
  const at = [now, record.state.lastTime].sort()[1]!
  const { id, name, kind, synthetic } = profile
  const about = { tenant: { id, name, kind, synthetic }, checkpoint }
  const rows = view.at(record.state, at)
  const document = transparencyOf(record, about, at, governance.policies, rows)
  const book = {
    ...{ document, record, etag: `"${size}-${Date.parse(at).toString(36)}"`, drawnAt: now },
    ageMsMin: Math.max(ageMsMin, restFactor * msBetween(now, clock.now())),
  }
  keeper.book = book
  return book
}
