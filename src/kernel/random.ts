import { createCipheriv, createHash, randomBytes } from 'node:crypto'

/** Where randomness comes from. Keys, salts and person keys use `systemRandom`; synthetic data a seed. */
export interface Random {
  bytes(count: number): Uint8Array
}

export const systemRandom: Random = { bytes: (count) => randomBytes(count) }

/** The same bytes for the same seed: AES-256-CTR keyed with SHA-256(seed). Never for secrets. */
export function seededRandom(seed: string): Random {
  const stream = createCipheriv('aes-256-ctr', createHash('sha256').update(seed).digest(), Buffer.alloc(16))
  return { bytes: (count) => stream.update(Buffer.alloc(count)) }
}
