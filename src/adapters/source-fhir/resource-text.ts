import { isUtf8 } from 'node:buffer'
import { limits, objectIn } from '#kernel'

/** Why a line or an entry is set aside. Fixed words: nothing of the resource. */
export type ResourceFault =
  | 'no JSON object'
  | 'bytes that are not UTF-8'
  | 'no resourceType'
  | 'too deeply nested'
  | 'a character that FHIR forbids'
  | 'a resource that is too long'
  | 'an entry without a resource'
  | 'an entry with two resources'

/** More bytes than this cannot be a field that the table takes, however few characters they are. */
export const resourceBytesMax = 4 * limits.fieldCharactersMax

const [quote, backslash, openObject, closeObject, openList, closeList] = [0x22, 0x5c, 0x7b, 0x7d, 0x5b, 0x5d]

/** U+0000 and U+0001, escaped. FHIR forbids both (R4, "string"), and views mark numbers with the second. */
const forbidden = /(?<!\\)(?:\\\\)*\\u000[01]/
/** Half of a pair, as `JSON.stringify` writes it; escaped pairs it writes as the character. */
const halfPair = /(?<!\\)(?:\\\\)*\\u[dD][89a-fA-F]/

/** What keeps bytes from being one FHIR resource that the engine can read, or null. */
export function resourceFault(bytes: Buffer): ResourceFault | null {
  if (!isUtf8(bytes)) return 'bytes that are not UTF-8'
  if (depthOf(bytes) > limits.resourceDepthMax) return 'too deeply nested'
  const text = bytes.toString('utf8')
  const value = objectIn(text)
  if (value === null) return 'no JSON object'
  if (forbidden.test(text)) return 'a character that FHIR forbids'
  if (halfPair.test(text) && halfPair.test(JSON.stringify(value))) return 'a character that FHIR forbids'
  return typeof value.resourceType === 'string' ? null : 'no resourceType'
}

/** How deep objects and lists lie in one another, going by their brackets; of no meaning where the text is no JSON. */
export function depthOf(bytes: Buffer): number {
  let depth = 0
  let deepest = 0
  let inText = false
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i]
    if (inText) {
      if (byte === backslash) i++
      else if (byte === quote) inText = false
    } else if (byte === quote) inText = true
    else if (byte === openObject || byte === openList) deepest = Math.max(deepest, ++depth)
    else if (byte === closeObject || byte === closeList) depth--
  }
  return deepest
}

/** The members of a JSON object as they stand, in order. For texts that were found to be one. */
export function membersOf(bytes: Buffer): { readonly name: string; readonly value: Buffer }[] {
  const members: { name: string; value: Buffer }[] = []
  let depth = 0
  let textStart = -1
  let name: string | null = null
  let valueStart = -1
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i]!
    if (textStart >= 0) {
      if (byte === backslash) i++
      else if (byte === quote) {
        if (depth === 1 && name === null) name = String(JSON.parse(bytes.toString('utf8', textStart, i + 1)))
        textStart = -1
      }
      continue
    }
    const ends = depth === 1 && name !== null && (byte === 0x2c || byte === closeObject)
    if (ends && name !== null) {
      members.push({ name, value: trimmed(bytes.subarray(valueStart, i)) })
      name = null
    }
    if (byte === quote) textStart = i
    else if (byte === openObject || byte === openList) depth++
    else if (byte === closeObject || byte === closeList) depth--
    else if (byte === 0x3a && depth === 1) valueStart = i + 1
  }
  return members
}

/** Without the white space of JSON around it. */
export function trimmed(bytes: Buffer): Buffer {
  let start = 0
  let end = bytes.length
  while (start < end && isBlank(bytes[start]!)) start++
  while (end > start && isBlank(bytes[end - 1]!)) end--
  return bytes.subarray(start, end)
}

export function isBlank(byte: number): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09
}
