import { toHex } from '#kernel'
import { commitTo, type PersonsSummary } from './commitment.ts'
import { hashLeaf, rootOf, splitPoint } from './merkle.ts'

/** The salt of one person's leaf; showing it tells nothing of the others. */
export function personSalt(seed: Uint8Array, position: number): Uint8Array {
  return commitTo('person-salt', seed, String(position))
}

/** Leaf hash of a person: RFC 6962 leaf over "openfdp/ledger/person/v1" ‖ 0x00 ‖ salt ‖ person. */
export function personLeaf(salt: Uint8Array, person: string): Uint8Array {
  return hashLeaf(Buffer.concat([Buffer.from('openfdp/ledger/person/v1\0'), salt, Buffer.from(person, 'utf8')]))
}

export function personLeaves(seed: Uint8Array, persons: readonly string[]): Uint8Array[] {
  return persons.map((person, position) => personLeaf(personSalt(seed, position), person))
}

export function summarisePersons(seed: Uint8Array, persons: readonly string[]): PersonsSummary {
  return { root: toHex(rootOf(personLeaves(seed, persons))), count: persons.length }
}

/** Audit path over leaves held in memory, lowest first. */
export function pathOf(leaves: readonly Uint8Array[], position: number): Uint8Array[] {
  if (leaves.length <= 1) return []
  const middle = splitPoint(leaves.length)
  return position < middle
    ? [...pathOf(leaves.slice(0, middle), position), rootOf(leaves.slice(middle))]
    : [...pathOf(leaves.slice(middle), position - middle), rootOf(leaves.slice(0, middle))]
}
