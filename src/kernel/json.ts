import canonicalizeJson from 'canonicalize'

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json }
export type JsonObject = { readonly [key: string]: Json }

/** Canonical JSON after RFC 8785 (JCS). Throws on NaN, infinities, lone surrogates and `undefined`. */
export function canonicalJson(value: Json): string {
  const text = canonicalizeJson(value)
  if (text === undefined) throw new TypeError('a value that JSON cannot hold')
  return text
}

export function canonicalJsonBytes(value: Json): Uint8Array {
  return Buffer.from(canonicalJson(value), 'utf8')
}

/** The object that a text is, or null. What a parser says of a text quotes it. */
export function objectIn(text: string): Readonly<Record<string, unknown>> | null {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : null
  } catch {
    return null
  }
}
