const candidatesMax = 5_000
const distanceMax = 4

/** The candidate nearest to what was typed, or null if none is near. Case, spaces, `_` and `-` do not count. */
export function nearest(typed: string, candidates: readonly string[]): string | null {
  const wanted = fold(typed).slice(0, 100)
  let best: string | null = null
  let bestDistance = Math.min(distanceMax, Math.ceil(wanted.length / 3)) + 1
  for (const candidate of candidates.slice(0, candidatesMax)) {
    const distance = editDistance(wanted, fold(candidate))
    if (distance < bestDistance) {
      best = candidate
      bestDistance = distance
    }
  }
  return best
}

/** How names are compared when a header may be written `patientId`, `patient_id` or `Patient ID`. */
export function fold(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9]/g, '')
}

/** Levenshtein distance, one row at a time. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const replaced = (row[j - 1] as number) + (a[i - 1] === b[j - 1] ? 0 : 1)
      next.push(Math.min(replaced, (row[j] as number) + 1, (next[j - 1] as number) + 1))
    }
    row = next
  }
  return row[b.length] as number
}
