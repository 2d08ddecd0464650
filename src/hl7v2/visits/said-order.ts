import type { Saying } from '../saying/saying.ts'

/** When a message was said: the later one holds. */
export interface SaidOrder {
  readonly atMs: number
  readonly sequence: number
  readonly controlId: string
  readonly saying: Saying
}

/**
 * By when it was recorded (EVN-2), or sent (MSH-7) where that is not said; then by sequence number (MSH-13) and control
 * id, numbers as numbers; then by content, so that no two messages are in no order. A day without a time counts from its
 * beginning. Null for a message that says neither time.
 */
export function saidOrder(saying: Saying): SaidOrder | null {
  const time = saying.recorded ?? saying.sent
  if (!time) return null
  const atMs = time.instant === null ? beginning(time.local) : Date.parse(time.instant)
  return { atMs, sequence: saying.sequence ?? 0, controlId: saying.name.controlId, saying }
}

/** Equal for messages that say the same. */
export function contentOf(saying: Saying): string {
  return JSON.stringify(saying)
}

/** `2026`, `2026-01` and `2026-01-31` as ISO 8601 reads them. */
function beginning(local: string): number {
  return Date.parse(`${local}${'-01'.repeat(2 - (local.length - 4) / 3)}T00:00:00Z`)
}

export function compareOrder(a: SaidOrder, b: SaidOrder): number {
  return (
    a.atMs - b.atMs ||
    a.sequence - b.sequence ||
    compareControlIds(a.controlId, b.controlId) ||
    compareText(contentOf(a.saying), contentOf(b.saying))
  )
}

/** Numbers before other texts, shorter numbers before longer ones: 9 comes before 10. */
function compareControlIds(a: string, b: string): number {
  const [x, y] = [a, b].map((id) => (/^\d+$/.test(id) ? id.replace(/^0+(?=\d)/, '') : null)) as [string, string]
  if (x === null || y === null) return (x === null ? 1 : 0) - (y === null ? 1 : 0) || compareText(a, b)
  return x.length - y.length || compareText(x, y) || compareText(a, b)
}

export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
