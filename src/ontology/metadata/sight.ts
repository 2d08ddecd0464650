import { type ObjectType, objectTypes } from '#contracts'
import type { Session, Visible } from '#gate'
import type { Level } from '#privacy'

/** An object type as a caller may see it now: the rest of its contract does not exist for them. */
export interface Seen extends Visible {
  readonly type: ObjectType
}

/** What a caller may see, looked up once a request. */
export interface Sight {
  /** By the name in paths; null where it does not exist for the caller. */
  find(apiName: string): Seen | null
  /** By the contract's own name. */
  of(name: string): Seen | null
  all(): readonly Seen[]
}

/** `levels`: those that the request lets be used, most identifying first. */
export function sightOf(session: Pick<Session, 'visible'>, levels?: readonly Level[]): Sight {
  const seen = new Map<string, Seen | null>()
  const look = (type: ObjectType): Seen | null => {
    const known = seen.get(type.name)
    if (known !== undefined) return known
    const visible = session.visible(type.name, levels)
    const made = visible && { type, ...visible }
    seen.set(type.name, made)
    return made
  }
  const lookIf = (type: ObjectType | undefined) => (type ? look(type) : null)
  return {
    find: (apiName) => lookIf(objectTypes().find((type) => type.apiName === apiName)),
    of: (name) => lookIf(objectTypes().find((type) => type.name === name)),
    all: () => objectTypes().flatMap((type) => look(type) ?? []),
  }
}
