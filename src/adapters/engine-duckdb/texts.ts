import { uuidsFromStored } from './uuid-bytes.ts'

const dayMs = 86_400_000
/** Days and moments a JavaScript date can hold; the engine's infinities lie beyond. */
const dateMsMax = 8_640_000_000_000_000

const knownDates = new Map<number, string>()
const knownDatesMax = 100_000

/** ISO 8601 text of a day counted from 1970-01-01; `infinity` and `-infinity` for the engine's two special days. */
export function dateText(days: number): string {
  const known = knownDates.get(days)
  if (known !== undefined) return known
  const text = isoText(days * dayMs, days > 0).replace(/T.*$/, '')
  if (knownDates.size >= knownDatesMax) knownDates.clear()
  knownDates.set(days, text)
  return text
}

/** ISO 8601 text in UTC with `Z`: milliseconds, and further digits only where the moment has them. */
export function timestampText(nanoseconds: bigint): string {
  let ms = nanoseconds / 1_000_000n
  let rest = nanoseconds % 1_000_000n
  if (rest < 0n) {
    ms -= 1n
    rest += 1_000_000n
  }
  const text = isoText(Number(ms), nanoseconds > 0n)
  if (rest === 0n || !text.endsWith('Z')) return text
  return `${text.slice(0, -1)}${String(rest).padStart(6, '0').replace(/0+$/, '')}Z`
}

function isoText(ms: number, positive: boolean): string {
  if (Math.abs(ms) > dateMsMax) return positive ? 'infinity' : '-infinity'
  return new Date(ms).toISOString()
}

/** Lower-case texts of a whole vector of stored UUIDs. */
export function uuidTexts(stored: Uint8Array): string[] {
  const hex = Buffer.from(uuidsFromStored(stored).buffer).toString('hex')
  const texts: string[] = []
  for (let i = 0; i < hex.length; i += 32) {
    const [a, b, c, d] = [
      hex.slice(i, i + 8),
      hex.slice(i + 8, i + 12),
      hex.slice(i + 12, i + 16),
      hex.slice(i + 16, i + 20),
    ]
    texts.push(`${a}-${b}-${c}-${d}-${hex.slice(i + 20, i + 32)}`)
  }
  return texts
}
