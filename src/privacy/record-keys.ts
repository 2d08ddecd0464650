import type { ObjectType, Property } from '#contracts'
import { lengthPrefixed, type OdsCode, type Sql, sha256Hex, sql, toHex } from '#kernel'
import type { Keys } from '#ports'

/** Two tenant secrets of 128 bits as hexadecimal text, bound into statements and never written anywhere. */
export interface RecordKeySecrets {
  readonly inner: string
  readonly outer: string
}

const secretDigits = 32
/** With the secret, what fits one block of SHA-256: half the time of longer ones. */
const innerDigits = 23

export function recordKeySecrets(keys: Keys): RecordKeySecrets {
  const part = (name: string) =>
    toHex(keys.derive(lengthPrefixed('openfdp/record-key/v1', keys.tenant, name))).slice(0, secretDigits)
  return { inner: part('inner'), outer: part('outer') }
}

/**
 * Whose identifiers these are. Keys of records are local to the controller that gave them (two trusts both have a
 * patient `1001`); identifiers of other systems, such as a UBRN, mean the same wherever they occur.
 */
export type KeySpace = { readonly object: string; readonly controller: OdsCode } | { readonly external: string }

/** A reference is keyed as the record it names, so that foreign keys meet primary keys. */
export function keySpace(type: ObjectType, property: Property, controller: OdsCode): KeySpace {
  if (property.references) return { object: property.references.object, controller }
  return property.role === 'external-id' ? { external: property.name } : { object: type.name, controller }
}

/**
 * The tenant-local key of a record as the engine computes it, whole columns at a time: the first 8 bytes of
 * SHA-256(outer ‖ first 23 hexadecimal digits of SHA-256(inner ‖ space ‖ 0x1f ‖ id)), shifted right by one so that it is
 * a positive BIGINT. Two nested hashes with two keys, after the construction of HMAC; 92 bits between them are plenty for
 * a key of 63. NULL stays NULL. The same space and id always give the same key, so foreign keys meet primary keys without
 * any table of identifiers.
 */
export function recordKey(space: KeySpace, id: Sql, secrets: RecordKeySecrets): Sql {
  const inner = sql`left(sha256(${secrets.inner + spaceText(space)} || ${id}), ${innerDigits})`
  return sql`(('0x' || left(sha256(${secrets.outer} || ${inner}), 16))::UBIGINT >> 1)::BIGINT`
}

/** The same key for one id. */
export function recordKeyOf(space: KeySpace, id: string, secrets: RecordKeySecrets): bigint {
  const inner = sha256Hex(`${secrets.inner}${spaceText(space)}${id}`).slice(0, innerDigits)
  return BigInt(`0x${sha256Hex(`${secrets.outer}${inner}`).slice(0, 16)}`) >> 1n
}

function spaceText(space: KeySpace): string {
  const name = 'external' in space ? `external\u001f${space.external}` : `${space.object}\u001f${space.controller}`
  return `${name}\u001f`
}
