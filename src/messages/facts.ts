import { setImmediate } from 'node:timers/promises'
import {
  appointmentKeys,
  identifierKey,
  isOfVisit,
  type PatientNumbers,
  patientNumbersOf,
  referralKeys,
  resultKeys,
  type Saying,
  saidOrder,
  visitLogOf,
} from '#hl7v2'
import { sha256Hex } from '#kernel'
import type { Scratch } from '#ports'
import type { MessageDock } from './declaration.ts'
import { messageErrors } from './errors.ts'
import { type KindOfThing, kindsOfThing } from './message-map.ts'
import { type Named, thingsOf } from './rows-of.ts'

/** Of each kind. Millions of messages come to a few thousand a partition. */
const partitionsDefault = 256

/** What each kind of thing is worked out from; all else stays in the log. */
const segmentsOf: Readonly<Record<KindOfThing, readonly string[]>> = {
  patient: ['PID', 'PD1'],
  visit: ['PV1', 'PV2'],
  appointment: ['SCH', 'TQ1', 'AIS', 'AIG', 'AIL', 'AIP', 'NTE', 'PV1'],
  referral: ['RF1', 'PRD', 'NTE', 'PV1'],
  result: ['ORC', 'OBR', 'OBX', 'NTE'],
}
const wanted = new Set(Object.values(segmentsOf).flat())

/** Messages as they were at one moment, by which rows are made. */
export interface FactsNow {
  /** How many had been taken up. */
  readonly upTo: number
  readonly numbers: PatientNumbers
  /** Those whose name came again later with other content. */
  readonly superseded: ReadonlySet<number>
}

/** What decides between two messages of one name. */
interface NameFact {
  readonly name: string
  readonly atMs: number | null
  readonly sequence: number
  readonly content: string
}

/**
 * What messages say, kept apart by the things of which they speak, so that the state of all things is worked out a part at
 * a time in bounded memory. Only merges are held whole: they are few, and may speak of anybody.
 *
 * What is told twice is held twice; it makes no difference.
 */
export class Facts {
  readonly #scratch: Scratch
  readonly #partitions: number
  readonly #merges: { readonly at: number; readonly saying: Saying }[] = []
  #adding: Promise<void> = Promise.resolve()
  /** Those that are there whole. */
  #count = 0
  #isClosed = false

  constructor(scratch: Scratch, partitions: number = partitionsDefault) {
    this.#scratch = scratch
    this.#partitions = partitions
  }

  /** One after the other: what is counted is there whole. */
  add(saying: Saying): Promise<void> {
    const mine = this.#adding.then(() => this.#addNow(saying))
    this.#adding = mine.catch(() => {})
    return mine
  }

  async #addNow(said: Saying): Promise<void> {
    if (this.#isClosed) return
    const at = this.#count
    const saying = { ...said, segments: said.segments.filter(({ id }) => wanted.has(id)), unread: [] }
    const content = sha256Hex(JSON.stringify(saying))
    if (saying.replaced.length > 0) this.#merges.push({ at, saying: { ...saying, segments: [] } })
    const { application, facility, controlId } = saying.name
    const name = JSON.stringify([application, facility, controlId])
    const atMs = saidOrder(saying)?.atMs ?? null
    const fact: NameFact = { name, atMs, sequence: saying.sequence ?? 0, content }
    await this.#put(kindsOfThing.length, name, at, fact)
    for (const [i, of] of kindsOfThing.entries()) {
      const keys = keysOf(of, saying)
      const parts = new Map(keys.map((key) => [this.#partitionOf(key), key] as const))
      if (parts.size === 0) continue
      const ids = segmentsOf[of]
      const told = { ...saying, replaced: [], segments: saying.segments.filter(({ id }) => ids.includes(id)) }
      for (const key of parts.values()) await this.#put(i, key, at, told)
    }
    this.#count++
  }

  async #put(kind: number, key: string, at: number, fact: unknown): Promise<void> {
    const record = Buffer.from(`${at} ${JSON.stringify(fact)}`)
    await this.#scratch.add(kind * this.#partitions + this.#partitionOf(key), record)
  }

  /** What holds now, for rows of all kinds that belong together. FDP_MESSAGES_CHANGED. */
  async now(): Promise<FactsNow> {
    const upTo = this.#count
    const superseded = new Set<number>()
    for (let partition = 0; partition < this.#partitions; partition++) {
      for (const at of differing(await this.#read(kindsOfThing.length, partition, upTo))) superseded.add(at)
    }
    const merges = this.#merges.filter(({ at }) => at < upTo && !superseded.has(at))
    return { upTo, superseded, numbers: patientNumbersOf(visitLogOf(merges.map(({ saying }) => saying))) }
  }

  /** Everything of a kind, a part at a time: the same things in the same order for the same messages. FDP_MESSAGES_CHANGED. */
  async *things(of: KindOfThing, dock: MessageDock, { upTo, superseded, numbers }: FactsNow): AsyncGenerator<Named> {
    for (let partition = 0; partition < this.#partitions; partition++) {
      const facts = await this.#read(kindsOfThing.indexOf(of), partition, upTo)
      const sayings = facts.flatMap(({ at, fact }) => (superseded.has(at) ? [] : [fact as Saying]))
      const isHere = (key: string) => this.#partitionOf(key) === partition
      yield* thingsOf(of, visitLogOf(sayings), dock, numbers, isHere).values()
      // Messages that come meanwhile are answered.
      await setImmediate()
    }
  }

  async #read(kind: number, partition: number, upTo: number): Promise<readonly { at: number; fact: unknown }[]> {
    if (this.#isClosed) throw messageErrors('FDP_MESSAGES_CHANGED')
    const records = await this.#scratch.read(kind * this.#partitions + partition)
    return records.flatMap((record) => {
      const text = Buffer.from(record.buffer, record.byteOffset, record.length).toString('utf8')
      const end = text.indexOf(' ')
      const at = Number(text.slice(0, end))
      return at < upTo ? [{ at, fact: JSON.parse(text.slice(end + 1)) as unknown }] : []
    })
  }

  /** FNV-1a, 32 bits. */
  #partitionOf(key: string): number {
    let hash = 0x811c9dc5
    for (let i = 0; i < key.length; i++) hash = Math.imul(hash ^ key.charCodeAt(i), 0x01000193)
    return (hash >>> 0) % this.#partitions
  }

  async close(): Promise<void> {
    this.#isClosed = true
    await this.#scratch.close()
  }
}

function keysOf(of: KindOfThing, saying: Saying): readonly string[] {
  const { facility } = saying.name
  switch (of) {
    case 'patient':
      // Which of them names the patient is the declaration's to say, and it may change.
      return saying.patient.flatMap((id) => (id.scheme === 'nhs-number' ? [] : [identifierKey(id, facility)]))
    case 'visit':
      return saying.visit && isOfVisit(saying.event) ? [identifierKey(saying.visit, facility)] : []
    case 'appointment':
      return appointmentKeys(saying) ?? []
    case 'referral':
      return referralKeys(saying) ?? []
    case 'result':
      return resultKeys(saying) ?? []
  }
}

/** Of messages of one name and different content, all but the one that was said last. */
function differing(facts: readonly { at: number; fact: unknown }[]): readonly number[] {
  const last = new Map<string, NameFact>()
  let isSame = true
  for (const { fact } of facts as readonly { fact: NameFact }[]) {
    const before = last.get(fact.name)
    if (before && before.content !== fact.content) isSame = false
    if (!before || compareFacts(fact, before) > 0) last.set(fact.name, fact)
  }
  if (isSame) return []
  const all = facts as readonly { at: number; fact: NameFact }[]
  return all.flatMap(({ at, fact }) => (last.get(fact.name)!.content === fact.content ? [] : [at]))
}

function compareFacts(a: NameFact, b: NameFact): number {
  if (a.atMs === null || b.atMs === null) {
    if (a.atMs !== b.atMs) return a.atMs === null ? -1 : 1
    return a.content < b.content ? -1 : 1
  }
  return a.atMs - b.atMs || a.sequence - b.sequence || (a.content < b.content ? -1 : 1)
}
