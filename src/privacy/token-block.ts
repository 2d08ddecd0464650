import { createCipheriv, createDecipheriv } from 'node:crypto'
import { endianness } from 'node:os'
import { privacyErrors } from './errors.ts'

export const blockBytes = 16
/** Fixed last six bytes of a token before encryption: tells a token from any other UUID; no proof of origin. */
const checkConstant = Buffer.from('OpnFDP', 'ascii')

/** Blocks encrypted by one cipher call, and rows of the reused scratch buffer. */
const blocksPerCall = 2_048

/**
 * Encrypts and opens tokens under one AES-256 key. One block a token: type (1 byte) ‖ epoch (1) ‖ key (8, big-endian
 * two's complement) ‖ check constant (6). Single blocks in ECB mode are a pseudo-random permutation of whole blocks,
 * and no two keys give equal blocks, so the usual weakness of ECB (equal blocks look equal) is here the purpose.
 */
export interface TokenBlocks {
  /** 16 bytes a key, in order. */
  encrypt(keys: BigInt64Array): Uint8Array
  /** Throws FDP_PRIVACY_NOT_A_TOKEN unless type, epoch and constant are right. */
  decrypt(block: Uint8Array): bigint
}

export function tokenBlocks(aesKey: Uint8Array, typeByte: number, epoch: number): TokenBlocks {
  const cipher = createCipheriv('aes-256-ecb', aesKey, null).setAutoPadding(false)
  const decipher = createDecipheriv('aes-256-ecb', aesKey, null).setAutoPadding(false)
  const scratch = Buffer.alloc(blocksPerCall * blockBytes)
  const head = (typeByte << 8) | epoch
  for (let at = 0; at < scratch.length; at += blockBytes) {
    scratch.writeUInt16BE(head, at)
    checkConstant.copy(scratch, at + 10)
  }
  const view = new DataView(scratch.buffer, scratch.byteOffset, scratch.length)

  return {
    encrypt(keys) {
      const words = wordsOf(keys)
      const out = new Uint8Array(keys.length * blockBytes)
      for (let from = 0; from < keys.length; from += blocksPerCall) {
        const count = Math.min(blocksPerCall, keys.length - from)
        for (let i = 0, at = 2, word = from * 2; i < count; i++, at += blockBytes, word += 2) {
          view.setUint32(at, words[word + 1]!)
          view.setUint32(at + 4, words[word]!)
        }
        out.set(cipher.update(scratch.subarray(0, count * blockBytes)), from * blockBytes)
      }
      return out
    },
    decrypt(block) {
      const plain = decipher.update(block)
      if (plain.readUInt16BE(0) !== head || !plain.subarray(10).equals(checkConstant)) {
        throw privacyErrors('FDP_PRIVACY_NOT_A_TOKEN')
      }
      return plain.readBigInt64BE(2)
    },
  }
}

/** Low and high 32-bit words in turn, without making a bigint a row. */
function wordsOf(keys: BigInt64Array): Uint32Array {
  if (endianness() !== 'LE') throw new Error('tokens need a little-endian machine')
  return new Uint32Array(keys.buffer, keys.byteOffset, keys.length * 2)
}
