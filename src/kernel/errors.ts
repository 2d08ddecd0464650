/** How an error is described once, in its module's `errors.ts`: the docs page and the HTTP status come from here. */
export interface ErrorSpec {
  /** HTTP status that fits the error. */
  readonly status: number
  /** One plain sentence, lower case, no final stop. `{name}` is filled from the parameters. */
  readonly message: string
  /** What to type or do next. May use the same parameters. */
  readonly help: string
}

/** Parameters are names, counts and positions; never a patient value, a secret or a driver's message. */
export type ErrorParams = Readonly<Record<string, string | number>>

/** The one error that a user may see. Anything else thrown is a bug and crashes loudly. */
export class FdpError extends Error {
  readonly code: string
  readonly status: number
  readonly help: string
  readonly params: ErrorParams

  constructor(code: string, spec: ErrorSpec, params: ErrorParams = {}, options?: ErrorOptions) {
    super(fill(spec.message, params), options)
    this.name = 'FdpError'
    this.code = code
    this.status = spec.status
    this.help = fill(spec.help, params)
    this.params = params
  }

  toJSON(): { code: string; message: string; help: string; params: ErrorParams } {
    return { code: this.code, message: this.message, help: this.help, params: this.params }
  }
}

/** A module's errors: `const fail = defineErrors({...}); throw fail('FDP_X', { n: 3 })`. `fail.specs` lists them. */
export interface ErrorRegistry<C extends string> {
  (code: C, params?: ErrorParams, options?: ErrorOptions): FdpError
  readonly specs: Readonly<Record<C, ErrorSpec>>
}

export function defineErrors<C extends `FDP_${string}`>(specs: Readonly<Record<C, ErrorSpec>>): ErrorRegistry<C> {
  const make = (code: C, params?: ErrorParams, options?: ErrorOptions) =>
    new FdpError(code, specs[code], params, options)
  return Object.assign(make, { specs })
}

export function isFdpError(error: unknown, code?: string): error is FdpError {
  return error instanceof FdpError && (code === undefined || error.code === code)
}

function fill(template: string, params: ErrorParams): string {
  return template.replace(/\{(\w+)\}/g, (whole, name: string) => String(params[name] ?? whole))
}
