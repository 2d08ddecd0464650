import { checkRowsErased } from '#governance'
import { type JsonObject, limits, type PurposeId, type SubjectId } from '#kernel'
import type { Engine } from '#ports'
import { shortened } from './asked-for.ts'
import type { GateDeps } from './deps.ts'
import { reconcileAll } from './edit-reconcile.ts'
import { EditTables } from './edit-tables.ts'
import { gateErrors } from './errors.ts'
import { findPerson, type PersonAsked } from './find-person.ts'
import { GateSession } from './gate-session.ts'
import { IdentityRoom } from './identity-room.ts'
import { holdsPerson, type Presence, type PresenceAsked } from './presence.ts'
import { Refusals } from './refusals.ts'
import type { Rooms } from './run.ts'
import type { Session } from './session.ts'
import { SortedCopies } from './sorted-copies.ts'
import { TokenFunctions } from './token-functions.ts'

export interface OpenSession {
  readonly subject: SubjectId
  readonly purpose: PurposeId
  /** Text, only where the purpose asks for it. Goes into the erasable part of the entry. */
  readonly justification?: string
}

export interface Gate extends AsyncDisposable {
  open(input: OpenSession): Promise<Session>
  /** Whether vault data are in memory now: only while a session at identifiable level is open. */
  readonly identityOpen: boolean
  /** Entries of the `session.opened` of every session that is open in this process now. */
  openSessions(): ReadonlySet<number>
  /** See `holdsPerson`: one answer for each question, and nothing else. */
  holdsPerson(asked: PresenceAsked): Promise<readonly Presence[]>
  /** The key of one person, for our own code that opens a record; never shown to anybody. An entry of its own, first. */
  findPerson(
    by: { readonly subject: SubjectId; readonly purpose: PurposeId },
    asked: PersonAsked,
  ): Promise<string | null>
  /** Resolves when copies that pages asked for are made: for measurements. */
  settled(): Promise<void>
  /**
   * Holds what actions edited against sources that were published since: `reconcile`. Happens by itself after each
   * publication; resolves when it is done.
   */
  reconcileEdits(): Promise<void>
  close(): Promise<void>
}

/** The gate of one tenant. */
export function openGate(deps: GateDeps): Gate {
  const { memoryLimitMb, threads, tempDirectory } = deps.engine
  let lakeEngine: Promise<Engine> | null = null
  const rooms: Rooms = {
    lakeEngine: () => {
      lakeEngine ??= deps.openEngine({ memoryLimitMb, threads, tempDirectory }).catch((error) => {
        lakeEngine = null
        throw error
      })
      return lakeEngine
    },
    identity: new IdentityRoom(() => deps.openEngine({ memoryLimitMb, threads, tempDirectory: null })),
    tokens: new TokenFunctions(deps.keys),
    sortedCopies: deps.sortedCopies
      ? new SortedCopies(deps.sortedCopies.folder, deps.sortedCopies.rowsMin, deps.sortedCopies.partRowsMax)
      : null,
    editTables: new EditTables(deps.keys),
    editing: inTurn(),
  }
  deps.ledger.onAppend(({ type, governance }) => {
    if (type === 'flow.published') rooms.sortedCopies?.drop(String(governance.object))
    if (type === 'person.rows-erased') {
      for (const { object } of checkRowsErased(governance).lakes) rooms.sortedCopies?.drop(object)
    }
  })
  let comparing: Promise<void> = Promise.resolve()
  const reconcileEdits = () => {
    comparing = comparing.then(() => (deps.standstill() ? undefined : reconcileAll(deps, rooms)))
    return comparing
  }
  if (deps.edits) {
    const edits = deps.edits
    deps.ledger.onAppend(({ type }) => {
      if (!['flow.published', 'person.split', 'person.joined'].includes(type)) return
      if (edits.mayFollow || edits.toCompare().length > 0) void reconcileEdits()
    })
  }
  const refusals = new Refusals(deps.ledger, deps.clock)
  const sessions = new Set<GateSession>()

  async function open({ subject, purpose, justification }: OpenSession): Promise<Session> {
    const standstill = deps.standstill()
    if (standstill) throw standstill
    const state = deps.governance.state()
    const registered = state.purposes.get(purpose)
    if (!registered || !state.persons.has(subject)) {
      // Names that nobody registered are the caller's words: they go into the part that can be erased.
      await refusals.write({
        subject: state.persons.has(subject) ? subject : 'unknown',
        purpose: registered ? purpose : 'unknown',
        reasons: ['unknown-person-or-purpose'],
        levels: [],
        upTo: state.upTo,
        asked: { subject: shortened(subject), purpose: shortened(purpose) },
      })
      throw gateErrors('FDP_GATE_NOT_AVAILABLE')
    }
    const asks = registered.justification === 'once-a-session'
    const reason = asks ? (justification ?? '').trim() : ''
    const charactersMax = limits.justificationCharactersMax
    if (asks && (reason === '' || reason.length > charactersMax)) {
      throw gateErrors('FDP_GATE_JUSTIFICATION', { purpose, charactersMax })
    }
    const governance: JsonObject = { subject, purpose }
    const receipt = await deps.ledger.append({
      type: 'session.opened',
      governance,
      ...(asks ? { detail: { justification: reason.toWellFormed() } } : {}),
    })
    const justify = registered.justification === 'each-read' ? 'each-read' : 'never'
    const who = { id: receipt.index, subject, purpose, justify } as const
    const session: GateSession = new GateSession(deps, rooms, refusals, who, () => sessions.delete(session))
    sessions.add(session)
    return session
  }

  async function close(): Promise<void> {
    await comparing
    for (const session of [...sessions]) await session.close()
    await refusals.flush().catch(() => {
      // The ledger has stopped: what it could not take is lost with it, and it refuses reads.
    })
    await rooms.sortedCopies?.close()
    await rooms.identity.close()
    const engine = lakeEngine
    lakeEngine = null
    await (await engine)?.close()
  }

  return {
    open,
    close,
    reconcileEdits,
    findPerson: (by, asked) => findPerson(deps, by, asked),
    holdsPerson: (asked) => holdsPerson(deps, rooms, asked),
    settled: async () => {
      await rooms.sortedCopies?.settle()
    },
    openSessions: () => new Set([...sessions].map(({ id }) => id)),
    get identityOpen() {
      return rooms.identity.isOpen
    },
    [Symbol.asyncDispose]: close,
  }
}

/** Runs one piece of work after the other, whatever becomes of them. */
function inTurn(): Rooms['editing'] {
  let last: Promise<unknown> = Promise.resolve()
  return (work) => {
    const mine = last.then(work, work)
    last = mine.catch(() => {})
    return mine
  }
}
