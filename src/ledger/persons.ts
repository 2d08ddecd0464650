import { createCipheriv } from 'node:crypto'
import { toHex } from '#kernel'
import { type PersonsSummary, saltBytes } from './commitment.ts'
import { hashLeaf, rootOf, splitPoint } from './merkle.ts'

/**
 * Salts of the person leaves: the AES-256-CTR key stream of the entry's seed from counter 0, 32 bytes a person. One
 * cipher call makes them all; showing one tells nothing of the others.
 */
export function personSalts(seed: Uint8Array, count: number): Uint8Array[] {
  const stream = createCipheriv('aes-256-ctr', seed, Buffer.alloc(16)).update(Buffer.alloc(count * saltBytes))
  return Array.from({ length: count }, (_, i) => stream.subarray(i * saltBytes, (i + 1) * saltBytes))
}

const domain = 'openfdp/ledger/person/v1\0'
const scratch = Buffer.alloc(1024)
const saltAt = scratch.write(domain)

/** Leaf hash of a person: RFC 6962 leaf over "openfdp/ledger/person/v1" ‖ 0x00 ‖ salt ‖ person (at most 64 characters). */
export function personLeaf(salt: Uint8Array, person: string): Uint8Array {
  if (salt.length !== saltBytes || person.length > 64) throw new RangeError('not a salted person')
  scratch.set(salt, saltAt)
  return hashLeaf(scratch.subarray(0, saltAt + saltBytes + scratch.write(person, saltAt + saltBytes)))
}

export function personLeaves(seed: Uint8Array, persons: readonly string[]): Uint8Array[] {
  const salts = personSalts(seed, persons.length)
  return persons.map((person, position) => personLeaf(salts[position]!, person))
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
