/** The shortest text of a 32-bit number, which the drivers give as a double. */
export function single(value: number): string {
  for (let digits = 1; digits <= 9; digits++) {
    const shorter = Number(value.toPrecision(digits))
    if (Math.fround(shorter) === value) return String(shorter)
  }
  return String(value)
}
