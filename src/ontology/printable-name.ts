/** A name that somebody sent, to say back: only what looks like a name; it may be anything, a patient's number too. */
export function printableName(name: string): string {
  return /^[A-Za-z][A-Za-z0-9_]{0,99}$/.test(name) ? name : '(not a name)'
}
