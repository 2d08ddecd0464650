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

/** ISO 8601 text in UTC with `Z`: milliseconds, and microseconds only where the moment has them. */
export function timestampText(micros: bigint): string {
  const ms = Math.floor(Number(micros) / 1_000)
  if (Math.abs(ms) > dateMsMax) return isoText(ms, micros > 0n)
  // Up to year 2255 the microseconds are an exact number.
  const rest = Number.isSafeInteger(Number(micros))
    ? Number(micros) - ms * 1_000
    : Number(BigInt.asUintN(64, micros) % 1_000n)
  const day = Math.floor(ms / dayMs)
  const text = `${dateText(day)}T${timeText(ms - day * dayMs)}`
  return rest === 0 ? `${text}Z` : `${text}${digits(rest, 3)}Z`
}

/** `09:30:00.000` of milliseconds since midnight. */
function timeText(ms: number): string {
  const seconds = Math.floor(ms / 1_000)
  const minutes = Math.floor(seconds / 60)
  const [hour, minute, second] = [digits(Math.floor(minutes / 60), 2), digits(minutes % 60, 2), digits(seconds % 60, 2)]
  return `${hour}:${minute}:${second}.${digits(ms % 1_000, 3)}`
}

function digits(value: number, count: number): string {
  return String(value).padStart(count, '0')
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
