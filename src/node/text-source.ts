import type { FdpError } from '#kernel'
import type { Source } from '#ports'

/** A small file as text; fails with the error that `because` makes of the reason: too large, or not UTF-8. */
export async function readText(source: Source, bytesMax: number, because: (why: string) => FdpError): Promise<string> {
  const parts: Uint8Array[] = []
  let bytes = 0
  for await (const part of source.open()) {
    bytes += part.length
    if (bytes > bytesMax) throw because(`it has more than ${bytesMax} bytes`)
    parts.push(Uint8Array.from(part))
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(parts))
  } catch {
    throw because('it is not UTF-8')
  }
}
