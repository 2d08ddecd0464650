/**
 * A bug, as far as it may be told: the kind of error and the places in our code. Its message is left out, since a
 * driver's message may quote data.
 */
export interface Fault {
  readonly kind: string
  readonly at: readonly string[]
}

const framesMax = 20

export function faultOf(error: unknown): Fault {
  if (!(error instanceof Error)) return { kind: typeof error, at: [] }
  const code = (error as NodeJS.ErrnoException).code
  const frames = (error.stack ?? '')
    .split('\n')
    .filter((line) => /^\s+at /.test(line))
    .map((line) =>
      line
        .trim()
        .replace(/^at /, '')
        .replaceAll(/file:\/\/\S*\/(?=src\/|node_modules\/)/g, ''),
    )
  const kind = typeof code === 'string' && /^[A-Z][A-Z0-9_]*$/.test(code) ? `${error.name} ${code}` : error.name
  return { kind, at: frames.slice(0, framesMax) }
}
