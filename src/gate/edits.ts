import { type Instant, type JsonObject, msBetween } from '#kernel'
import type { Ledger, LedgerEntry } from '#ledger'
import {
  type Applied,
  type EditId,
  type EditProperties,
  editEntryTypes,
  type RowEdit,
  type Settled,
  wholeRow,
} from './edit-entries.ts'
import { type Edit, type Ended, isOpen, makeOverlay, type Overlay } from './edit-overlay.ts'
import type { EditedBetween } from './session.ts'

type Writable<T> = { -readonly [K in keyof T]: T[K] }
interface Held extends Omit<Writable<Edit>, 'ended'> {
  ended: Map<string, Ended>
}

/** Edits with the person whom each is about now, as decimal text. */
export type Persons = readonly (readonly [edit: EditId, person: string])[]

/** Tokens of pages pin what was shown for a day; edits that ended are kept for two. */
const endedKeptMs = 2 * 86_400_000
const pruneEvery = 1_024
/** Kept for the next reads; each may hold every edited row of a type. */
const overlaysMax = 16

/**
 * What actions have edited and the source does not have yet: a fold of the ledger and nothing else. Governance parts come
 * through `take`, in order; what they do not say (keys, values) comes with an entry that this process wrote, and from
 * `load` for those before.
 */
export class Edits {
  readonly #byEntry = new Map<number, Held[]>()
  readonly #byObject = new Map<string, Held[]>()
  /** By object type: entries that changed what is shown, ascending. */
  readonly #changes = new Map<string, number[]>()
  readonly #published = new Map<string, number>()
  readonly #compared = new Map<string, number>()
  #waiting: readonly RowEdit[] | null = null
  #waitingPersons: Persons | null = null
  /** Entries whose details say that records follow another person, until these are known. */
  #followed: number[] = []
  #moved = -1
  #checked = -1
  #overlays = new Map<string, Overlay | null>()
  #taken = 0
  /** Told apart from before in the ids of overlays. */
  #version = 0
  #last: Instant | null = null

  /** Open edits, of all object types. */
  get open(): readonly Edit[] {
    return [...this.#byObject.values()].flat().filter(isOpen)
  }

  openOf(object: string): readonly Edit[] {
    return (this.#byObject.get(object) ?? []).filter(isOpen)
  }

  edit(id: string): Edit | null {
    const [entry, place] = id.split('.').map(Number)
    return this.#byEntry.get(entry!)?.[place!] ?? null
  }

  /** Every edit of an `action.applied` entry. */
  of(entry: number): readonly Edit[] {
    return this.#byEntry.get(entry) ?? []
  }

  /** Object types with open edits that were published since they were last compared with their source. */
  toCompare(): readonly string[] {
    return [...this.#published]
      .filter(([object, entry]) => (this.#compared.get(object) ?? -1) < entry && this.openOf(object).length > 0)
      .map(([object]) => object)
  }

  /** Whether rows may have come to be about another person since the records that actions made were looked at. */
  get mayFollow(): boolean {
    return this.#moved > this.#checked && this.belonging().length > 0
  }

  /** Records that actions made about a patient, as far as the source does not have them. */
  belonging(): readonly Edit[] {
    return this.open.filter(({ kind, row }) => kind === 'create' && row?.of && row.person !== null)
  }

  /** As `expect`, for `action.persons-followed`. */
  expectPersons(persons: Persons): void {
    this.#waitingPersons = persons
  }

  /** What is shown over the rows of a type as of an entry; null where nothing is. */
  overlay(object: string, upTo: number, which: 'shown' | 'counted'): Overlay | null {
    const last = this.#changes.get(object)?.findLast((entry) => entry <= upTo)
    if (last === undefined) return null
    const id = `${object}/${last}/${which}/${this.#version}`
    const known = this.#overlays.get(id)
    if (known !== undefined) return known
    const made = makeOverlay(id, this.#byObject.get(object) ?? [], last, which)
    if (this.#overlays.size >= overlaysMax) this.#overlays = new Map()
    this.#overlays.set(id, made)
    return made
  }

  /** Whether actions ever made a record of this type for a person, as far as is still known. */
  hasCreatedFor(object: string, person: bigint): boolean {
    return (this.#byObject.get(object) ?? []).some((edit) => edit.kind === 'create' && edit.row?.person === person)
  }

  /** Keys of records whose edits began, or ended, in between; null where they are more than `max`. */
  keysBetween(object: string, { after, upTo, max }: EditedBetween): readonly bigint[] | null {
    const isBetween = (entry: number) => entry > after && entry <= upTo
    const keys = new Set<bigint>()
    for (const { entry, ended, row } of this.#byObject.get(object) ?? []) {
      if (row && (isBetween(entry) || [...ended.values()].some((end) => isBetween(end.entry)))) keys.add(row.key)
      if (keys.size > max) return null
    }
    return [...keys]
  }

  /** The rows of the `action.applied` entry that is being written; `take` finds them when it comes. */
  expect(rows: readonly RowEdit[] | null): void {
    this.#waiting = rows
  }

  /** One more entry, in order. */
  take({ index, time, type, governance }: LedgerEntry): void {
    this.#last = time
    switch (type) {
      case editEntryTypes.applied:
        this.#applied(index, time, governance as unknown as Applied)
        break
      case editEntryTypes.settled:
        this.#settled(index, time, governance as unknown as Settled)
        break
      case editEntryTypes.compared:
        for (const edit of this.#byObject.get(String(governance.object)) ?? []) {
          edit.differs = []
          edit.gone = false
        }
        break
      case editEntryTypes.kept: {
        const held = this.#held(governance.edit)
        if (held) held.kept = index
        break
      }
      case editEntryTypes.withdrawn:
        this.#end([this.#held(governance.edit)], { entry: index, at: time, how: 'withdrawn' })
        break
      case editEntryTypes.undone:
        this.#end(this.#byEntry.get(governance.of as number) ?? [], { entry: index, at: time, how: 'undone' })
        break
      case 'detail.erased':
        this.#erased(governance.entry as number, { entry: index, at: time, how: 'erased' })
        break
      case 'flow.published':
        this.#published.set(String(governance.object), index)
        this.#moved = index
        break
      case 'person.split':
      case 'person.joined':
        this.#moved = index
        break
      case editEntryTypes.personsChecked:
        this.#checked = index
        break
      case editEntryTypes.personsFollowed:
        if (this.#waitingPersons) this.#follow(this.#waitingPersons)
        else this.#followed.push(index)
        this.#waitingPersons = null
        break
    }
  }

  /** Reads the details of everything that may still be shown. After the entries from before were taken. */
  async load(ledger: Pick<Ledger, 'details'>): Promise<void> {
    this.#prune()
    const unknown = [...this.#byEntry].filter(([, edits]) => edits.some(({ row }) => row === null))
    for await (const [entry, detail] of ledger.details(unknown.map(([index]) => index))) {
      const edits = this.#byEntry.get(entry)!
      if (detail.state === 'present') know(edits, detail.detail.changes as unknown as RowEdit[])
      else this.#erased(entry, { entry, at: edits[0]!.at, how: 'erased' })
    }
    for await (const [, detail] of ledger.details(this.#followed)) {
      if (detail.state === 'present') this.#follow(detail.detail.persons as unknown as Persons)
    }
    this.#followed = []
    this.#overlays = new Map()
  }

  /** Whose a record is holds as of every entry: who said no is asked as of now. */
  #follow(persons: Persons): void {
    for (const [id, person] of persons) {
      const held = this.#held(id)
      if (held?.row) held.row = { ...held.row, person: BigInt(person) }
    }
    this.#version += 1
    this.#overlays = new Map()
  }

  #applied(entry: number, at: Instant, applied: Applied): void {
    const { about, subject: by, purpose, owner, due, counted, undo } = applied
    const groups = applied.edits.flatMap((group) => Array.from({ length: group.count }, () => group))
    const edits = groups.map(
      ({ object, kind, properties }, place): Held => ({
        ...{ id: `${entry}.${place}`, entry, object, kind, at, by, purpose, owner, due, counted, undo },
        properties: kind === 'delete' ? [wholeRow] : properties,
        ...{ action: String(about.action), row: null, ended: new Map(), differs: [], gone: false, kept: null },
      }),
    )
    if (this.#waiting) know(edits, this.#waiting)
    this.#waiting = null
    this.#byEntry.set(entry, edits)
    for (const edit of edits) {
      const all = this.#byObject.get(edit.object) ?? []
      all.push(edit)
      this.#byObject.set(edit.object, all)
      this.#changed(edit.object, entry)
    }
    this.#taken += 1
    if (this.#taken % pruneEvery === 0) this.#prune()
  }

  #settled(entry: number, at: Instant, { of, object, last, settled, differs, gone }: Settled): void {
    if (last) this.#compared.set(object, of)
    for (const { edit: id, properties } of differs) {
      const held = this.#held(id)
      if (held) held.differs = properties
    }
    for (const id of gone) {
      const held = this.#held(id)
      if (held) held.gone = true
    }
    for (const { edit: id, properties } of settled) {
      this.#end([this.#held(id)], { entry, at, how: 'settled' }, properties)
    }
  }

  #end(edits: readonly (Held | null)[], end: Ended, properties?: EditProperties['properties']): void {
    for (const edit of edits) {
      if (!edit) continue
      for (const property of properties ?? edit.properties) {
        if (!edit.ended.has(property)) edit.ended.set(property, end)
      }
      this.#changed(edit.object, end.entry)
    }
  }

  /** What was erased is not shown as of any entry: its values are gone. */
  #erased(entry: number, end: Ended): void {
    const edits = this.#byEntry.get(entry) ?? []
    for (const edit of edits) edit.row = null
    this.#end(edits, end)
    if (edits.length > 0) this.#overlays = new Map()
  }

  #changed(object: string, entry: number): void {
    const changes = this.#changes.get(object) ?? []
    if (changes.at(-1) !== entry) changes.push(entry)
    this.#changes.set(object, changes)
  }

  #held(id: unknown): Held | null {
    return this.edit(String(id)) as Held | null
  }

  #prune(): void {
    const now = this.#last
    if (now === null) return
    const isOld = (edit: Held) =>
      !isOpen(edit) && [...edit.ended.values()].every(({ at }) => msBetween(at, now) > endedKeptMs)
    for (const [entry, edits] of this.#byEntry) if (edits.every(isOld)) this.#byEntry.delete(entry)
    for (const [object, edits] of this.#byObject) {
      const left = edits.filter(({ entry }) => this.#byEntry.has(entry))
      if (left.length === edits.length) continue
      this.#byObject.set(object, left)
      const first = left[0]?.entry ?? Number.MAX_SAFE_INTEGER
      const changes = this.#changes.get(object) ?? []
      const from = Math.max(
        0,
        changes.findLastIndex((entry) => entry <= first),
      )
      this.#changes.set(object, left.length === 0 ? [] : changes.slice(from))
    }
  }
}

/** The detail of `action.applied` as it is written. */
export function appliedDetail(rows: readonly RowEdit[], reason: string | null): JsonObject {
  return { changes: rows as unknown as JsonObject[], ...(reason === null ? {} : { reason }) }
}

function know(edits: readonly Held[], rows: readonly RowEdit[]): void {
  edits.forEach((edit, place) => {
    const row = rows[place]
    if (!row) throw new Error('the detail of an action holds fewer rows than its entry says')
    const { before, after, controller, of = null } = row
    edit.row = {
      ...{ key: BigInt(row.key), person: row.person === null ? null : BigInt(row.person) },
      ...{ controller, of, before, after },
    }
  })
}
