import { fromHex, lengthPrefixed, type PurposeId, sha256Hex, toHex } from '#kernel'
import type { EngineFunction, Keys } from '#ports'
import { privacyErrors } from './errors.ts'
import { keyTypeByte } from './key-types.ts'
import { type TokenBlocks, tokenBlocks } from './token-block.ts'

/**
 * Makes and opens the tokens of one tenant, purpose and epoch. A token stands for a tenant-local 64-bit key (random for
 * people, keyed hash for other records), never for an NHS number or any other identifier from outside. Tokens of two
 * tenants, purposes, epochs or kinds of key come from unrelated AES keys and do not join. Format: spec/token.md.
 */
export interface Tokeniser {
  readonly purpose: PurposeId
  readonly epoch: number
  /** Lower-case UUID text. Throws RangeError if the key is no signed 64-bit integer. */
  token(keyType: string, key: bigint): string
  /** The key behind a token; throws FDP_PRIVACY_NOT_A_TOKEN for anything this tokeniser did not make as this type. */
  open(keyType: string, uuid: string): bigint
  /** The same tokens, whole columns at a time, as a function of the engine. */
  engineFunction(keyType: string): EngineFunction
}

const epochMax = 255
const uuidText = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/

/** Throws FDP_PRIVACY_BAD_EPOCH; an unknown kind of key is FDP_PRIVACY_UNKNOWN_KEY_TYPE at its first use. */
export function openTokeniser(keys: Keys, purpose: PurposeId, epoch: number): Tokeniser {
  if (!Number.isInteger(epoch) || epoch < 1 || epoch > epochMax) throw privacyErrors('FDP_PRIVACY_BAD_EPOCH')
  const opened = new Map<string, TokenBlocks>()
  const blocksOf = (keyType: string): TokenBlocks => {
    let blocks = opened.get(keyType)
    if (!blocks) {
      const typeByte = keyTypeByte(keyType)
      blocks = tokenBlocks(keys.derive(tokenKeyInfo(keys.tenant, purpose, keyType, epoch)), typeByte, epoch)
      opened.set(keyType, blocks)
    }
    return blocks
  }

  return {
    purpose,
    epoch,
    token: (keyType, key) => formatUuid(blocksOf(keyType).encrypt(BigInt64Array.of(checkInt64(key)))),
    open(keyType, uuid) {
      const blocks = blocksOf(keyType)
      if (!uuidText.test(uuid)) throw privacyErrors('FDP_PRIVACY_NOT_A_TOKEN')
      return blocks.decrypt(fromHex(uuid.replaceAll('-', '')))
    },
    engineFunction(keyType) {
      const blocks = blocksOf(keyType)
      const name = functionName(keys.tenant, purpose, keyType, epoch)
      return { name, kind: 'key-to-uuid', run: (column) => blocks.encrypt(column) }
    },
  }
}

/** What the token key is derived from: `lengthPrefixed` of the format's name, tenant, purpose, kind of key, epoch. */
export function tokenKeyInfo(tenant: string, purpose: PurposeId, keyType: string, epoch: number): Uint8Array {
  return lengthPrefixed('openfdp/token/v1', tenant, purpose, keyType, String(epoch))
}

/** One name for one key, so that two purposes in one engine cannot take each other's function. */
function functionName(tenant: string, purpose: PurposeId, keyType: string, epoch: number): string {
  const scope = sha256Hex(tokenKeyInfo(tenant, purpose, keyType, epoch)).slice(0, 16)
  return `fdp_token_${keyType.toLowerCase()}_${scope}`
}

function formatUuid(block: Uint8Array): string {
  const hex = toHex(block)
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
}

function checkInt64(key: bigint): bigint {
  if (BigInt.asIntN(64, key) !== key) throw new RangeError('a key is a signed 64-bit integer')
  return key
}
