import type { Source } from '#ports'
import { fail } from '../errors.ts'
import { parsePeriod } from '../period.ts'

/** Early files have three title rows above the header (DOMAIN 1.6); ten is as far as we look. */
const preambleLinesMax = 10
const headBytesMax = 65_536

/** The bytes from the header row on. Throws FDP_METRICS_NOT_AN_RTT_FILE if no row near the top is one. */
export async function* withoutPreamble(bytes: AsyncIterable<Uint8Array>, name: string): AsyncIterable<Uint8Array> {
  let head: Buffer | null = Buffer.alloc(0)
  for await (const chunk of bytes) {
    if (head === null) {
      yield chunk
      continue
    }
    head = Buffer.concat([head, chunk])
    const start = headerStart(head)
    if (start !== null) {
      yield head.subarray(start)
      head = null
    } else if (head.length > headBytesMax) break
  }
  if (head !== null)
    throw fail('FDP_METRICS_NOT_AN_RTT_FILE', { name, problem: 'no header row was found near its top' })
}

/** Header names and the month of the first row, read from the top of the file. */
export async function readOfficialHead(source: Source): Promise<{ header: string[]; period: string }> {
  let head = Buffer.alloc(0)
  for await (const chunk of source.open()) {
    head = Buffer.concat([head, chunk])
    if (head.indexOf('\n', head.indexOf('\n') + 1) >= 0 || head.length > headBytesMax) break
  }
  const [first = '', second = ''] = head
    .toString('utf8')
    .replace(/^\uFEFF/, '')
    .split(/\r?\n/)
  const period = periodOf(second.split(',')[0] ?? '')
  if (!period) throw fail('FDP_METRICS_NOT_AN_RTT_FILE', { name: source.name, problem: 'its first row names no month' })
  return { header: first.split(',').map((field) => field.replace(/^"|"$/g, '')), period }
}

const months = [
  'january',
  'february',
  'march',
  'april',
  'may',
  'june',
  'july',
  'august',
  'september',
  'october',
  'november',
  'december',
]

/** `RTT-January-2026` → `2026-01`. */
function periodOf(text: string): string | null {
  const match = /([a-z]+)-(\d{4})"?$/i.exec(text.trim())
  const month = months.indexOf(match?.[1]?.toLowerCase() ?? '') + 1
  return match && month > 0 ? parsePeriod(`${match[2]}-${String(month).padStart(2, '0')}`).id : null
}

function headerStart(head: Buffer): number | null {
  let start = 0
  for (let line = 0; line <= preambleLinesMax; line++) {
    const end = head.indexOf('\n', start)
    if (end < 0) return null
    if (/rtt part type/i.test(head.toString('latin1', start, end))) return start
    start = end + 1
  }
  return null
}
