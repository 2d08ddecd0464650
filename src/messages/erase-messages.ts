import type { ErasedPerson } from '#flows'
import { type Identifier, identifierKey, type Saying } from '#hl7v2'
import type { JsonObject } from '#kernel'
import type { Ledger } from '#ledger'
import type { Rewritten } from '#ports'
import { type MessageDock, namesPatient } from './declaration.ts'
import type { Landed } from './landed.ts'
import { messageEvents } from './message-events.ts'

/** Segments in one entry, which has a size. */
const segmentsMax = 200

/**
 * Takes everything that was said of somebody out of the log of a dock: messages that name them by an NHS number, or by the
 * dock's number of them or one that was merged into it. `message.erased` is the commit point. Without a declaration that is
 * right, any number that is theirs names them. What others' messages say of them stays.
 */
export async function eraseMessages(
  dock: string,
  declared: MessageDock | null,
  landed: Landed,
  ledger: Ledger,
  who: ErasedPerson,
): Promise<void> {
  const named = nameFinder(declared, who)
  const keys = await keysOf(landed, named)
  const isTheirs = (message: Uint8Array, saying: Saying | null) => {
    if (saying === null) return holdsText(message, who)
    return numbersIn(saying).some((id) => named(id) || keys.has(identifierKey(id, saying.name.facility)))
  }
  const known = (await messageEvents(ledger, dock)).rewritten
  await landed.erase(known, isTheirs, async (rewritten) => {
    for (let from = 0; from < rewritten.length; from += segmentsMax) {
      const replaced = rewritten.slice(from, from + segmentsMax)
      const messages = replaced.reduce((sum, { dropped }) => sum + dropped, 0)
      const governance = { version: 1, dock, erasure: who.erasure, messages, replaced: replaced.map(asJson) }
      await ledger.append({ type: 'message.erased', governance })
    }
  })
}

const asJson = ({ segment, by, dropped }: Rewritten): JsonObject => ({ segment, by: by && { ...by }, dropped })

function nameFinder(declared: MessageDock | null, { numbers, localIds }: ErasedPerson): (id: Identifier) => boolean {
  const here = localIds.filter(({ controller }) => !declared || controller === declared.controller)
  const ids = new Set(here.map(({ localId }) => localId))
  const isName = declared ? namesPatient(declared) : ({ scheme }: Identifier) => scheme !== 'nhs-number'
  return (id) => {
    if (id.scheme === 'nhs-number') return numbers.includes(id.value.replaceAll(' ', ''))
    return ids.has(id.value) && isName(id)
  }
}

/** Keys of their numbers, and of those that were given up for one of them, however often. */
async function keysOf(landed: Landed, named: (id: Identifier) => boolean): Promise<ReadonlySet<string>> {
  const keys = new Set<string>()
  const merged: (readonly [from: string, into: string])[] = []
  for await (const { saying } of landed.messages()) {
    for (const { from, into } of saying?.replaced ?? []) {
      const [given, kept] = [from, into].map((id) => identifierKey(id, saying!.name.facility)) as [string, string]
      merged.push([given, kept])
      if (named(into)) keys.add(kept)
    }
  }
  for (let before = -1; before < keys.size; ) {
    before = keys.size
    for (const [from, into] of merged) if (keys.has(into)) keys.add(from)
  }
  return keys
}

/** Whom a message is about, and who is given up in it. */
function numbersIn({ patient, segments }: Saying): readonly Identifier[] {
  const merges = segments.filter(({ id }) => id === 'MRG').flatMap(({ fields }) => fields)
  const prior = merges.flatMap(({ values }) => values ?? []).filter((value) => value.kind === 'identifier')
  return [...patient, ...prior]
}

function holdsText(message: Uint8Array, { numbers, localIds }: ErasedPerson): boolean {
  const text = Buffer.from(message).toString('latin1')
  return numbers.some((each) => text.includes(each)) || localIds.some(({ localId }) => text.includes(localId))
}
