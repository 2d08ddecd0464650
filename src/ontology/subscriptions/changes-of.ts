import type { Session } from '#gate'
import type { EntryIndex } from '#kernel'
import { type LoadDeps, loadObjects } from '../load.ts'
import { ridPrefix } from '../object-set/members.ts'
import type { LoadRequest } from '../object-set/wire.ts'
import type { ObjectUpdate } from './stream-messages.ts'
import type { SubscriptionRequest } from './subscribe-message.ts'
import { subscriptionLimits } from './subscription-limits.ts'
import type { Watched } from './watch.ts'

/** The moments between which changes are told: after the one, up to the other. */
export interface Between {
  readonly after: EntryIndex
  readonly upTo: EntryIndex
}

/**
 * What edits between two entries changed in a set, for this caller: the edited objects are read as they were and as they
 * are, both through the gate, and what differs is told. Nothing is kept to find it: an object that is no longer in the
 * set is told of only where the caller, by what they may see now, saw it there before; an edit of what they may not
 * see changes nothing. Null where there are too many to tell.
 */
export async function changesOf(
  session: Session,
  request: SubscriptionRequest,
  { objectType, object }: Watched,
  { after, upTo }: Between,
  deps: LoadDeps,
): Promise<readonly ObjectUpdate[] | null> {
  const { changedObjectsMax } = subscriptionLimits
  const edited = session.edited(object, { after, upTo, max: changedObjectsMax })
  if (edited === null) return null
  if (edited.length === 0) return []
  const objects = edited.map((token) => `${ridPrefix(objectType)}${token}`)
  const asked: LoadRequest = {
    objectSet: { type: 'intersect', objectSets: [request.objectSet, { type: 'static', objects }] },
    // To a load, none is all: whoever asked for none hears that an object changed, not how.
    select: request.properties,
    ...{ orderBy: [], pageSize: changedObjectsMax, pageToken: null, includeRid: true },
  }
  const load = async (asOf: EntryIndex) => {
    const loaded = await loadObjects(session, asked, { ...deps, asOf })
    return new Map(loaded.objects.map((text) => [String(parsed(text).__rid), text]))
  }
  const before = await load(after)
  const now = await load(upTo)
  const changed = [...now].filter(([rid, text]) => before.get(rid) !== text)
  const gone = [...before].filter(([rid]) => !now.has(rid))
  return [
    ...changed.map(([, text]) => ({ object: shown(text, request), state: 'ADDED_OR_UPDATED' as const })),
    ...gone.map(([, text]) => ({ object: keyOnly(text, request), state: 'REMOVED' as const })),
  ]
}

/** As it was made, but for what was not asked for. */
function shown(text: string, { properties, includeRid }: SubscriptionRequest): string {
  if (properties.length === 0) return keyOnly(text, { includeRid })
  if (includeRid) return text
  const { __rid: _, ...rest } = parsed(text)
  return JSON.stringify(rest)
}

/** Of an object that is gone, and where no property was asked for: which one it is. */
function keyOnly(text: string, { includeRid }: Pick<SubscriptionRequest, 'includeRid'>): string {
  const { __apiName, __primaryKey, __rid } = parsed(text)
  return JSON.stringify({ __apiName, __primaryKey, ...(includeRid ? { __rid } : {}) })
}

function parsed(text: string): Readonly<Record<string, unknown>> {
  return JSON.parse(text) as Record<string, unknown>
}
