/**
 * The engine keeps a UUID as a little-endian signed 128-bit integer with the top bit flipped, so that its order is the
 * order of the text. Sixteen bytes b0…b15 of the UUID lie in memory as b15…b0 with the top bit of b0 flipped. Turning a
 * whole vector one way is the same as turning it back, but for where that bit is.
 */

/** From the 16-byte groups of UUIDs in text order to the engine's memory order; a new array. */
export function uuidsToStored(uuids: Uint8Array): Uint8Array {
  const stored = reverseGroups(uuids)
  for (let i = 15; i < stored.length; i += 16) stored[i] = stored[i]! ^ 0x80
  return stored
}

/** From the engine's memory order to text order; a new array. */
export function uuidsFromStored(stored: Uint8Array): Uint8Array {
  const uuids = reverseGroups(stored)
  for (let i = 0; i < uuids.length; i += 16) uuids[i] = uuids[i]! ^ 0x80
  return uuids
}

/** Reverses each group of 16 bytes: 8-byte halves natively, then the halves change places as 32-bit words. */
function reverseGroups(bytes: Uint8Array): Uint8Array {
  const copy = new Uint8Array(bytes.length)
  copy.set(bytes)
  Buffer.from(copy.buffer).swap64()
  const words = new Uint32Array(copy.buffer)
  for (let i = 0; i + 3 < words.length; i += 4) {
    const low = words[i]!
    const high = words[i + 1]!
    words[i] = words[i + 2]!
    words[i + 1] = words[i + 3]!
    words[i + 2] = low
    words[i + 3] = high
  }
  return copy
}
