import type { PropertyType } from '#contracts'
import { type Json, limits, parseDate, parseInstant } from '#kernel'
import type { ActionDeclaration, ActionParameter } from './declaration.ts'
import { actionErrors } from './errors.ts'

/** Values by parameter as exact texts, null where none was given; an object by its primary key. */
export type ParameterTexts = Readonly<Record<string, string | null>>

export interface CheckedParameters {
  readonly texts: ParameterTexts
  /** Parameters that are missing, or whose value is none of those that they may have. */
  readonly invalid: ReadonlySet<string>
}

/**
 * What a request gives for an action. Values outside the declared ones are invalid; values of another type, and names that
 * are no parameter's, are errors: FDP_ACTIONS_PARAMETERS, FDP_ACTIONS_UNKNOWN_PARAMETER, FDP_ACTIONS_PARAMETER_VALUE.
 */
export function checkParameters(declaration: ActionDeclaration, given: Json): CheckedParameters {
  if (typeof given !== 'object' || given === null || Array.isArray(given)) throw actionErrors('FDP_ACTIONS_PARAMETERS')
  const values = given as Readonly<Record<string, Json>>
  const { id: action, parameters } = declaration
  const unknown = Object.keys(values).find((name) => !Object.hasOwn(parameters, name))
  if (unknown !== undefined) {
    const parameter = /^[A-Za-z][A-Za-z0-9_-]{0,99}$/.test(unknown) ? unknown : ''
    throw actionErrors('FDP_ACTIONS_UNKNOWN_PARAMETER', {
      action,
      parameter,
      known: Object.keys(parameters).join(', '),
    })
  }
  const texts: Record<string, string | null> = {}
  const invalid = new Set<string>()
  for (const [name, parameter] of Object.entries(parameters)) {
    const value = Object.hasOwn(values, name) ? values[name]! : null
    const text = value === null ? null : exactText(typeOf(parameter), value)
    if (text === undefined) {
      throw actionErrors('FDP_ACTIONS_PARAMETER_VALUE', { action, parameter: name, type: typeInWords(parameter) })
    }
    texts[name] = text === '' ? null : text
    if (texts[name] === null ? parameter.required : !isAllowed(parameter, texts[name])) invalid.add(name)
  }
  return { texts, invalid }
}

function isAllowed(parameter: ActionParameter, text: string): boolean {
  return parameter.kind === 'object' || parameter.values === null || parameter.values.includes(text)
}

function typeOf(parameter: ActionParameter): PropertyType {
  return parameter.kind === 'object' ? 'text' : parameter.type
}

export function typeInWords(parameter: ActionParameter): string {
  return parameter.kind === 'object' ? `key of ${parameter.object}` : parameter.type
}

/** Characters of one text that an action takes. */
const textCharactersMax = 10_000
const decimals = /^[+-]?[0-9]{1,14}(\.[0-9]{1,4})?$/

/** The text of a JSON value of a type; undefined if it is none. */
function exactText(type: PropertyType, value: Json): string | undefined {
  switch (type) {
    case 'text':
      return isText(value) ? value : undefined
    case 'integer':
      return isWhole(value, 2 ** 31) ? String(value) : undefined
    case 'long':
      return isWhole(value, 2 ** 63) ? String(value) : undefined
    case 'decimal':
      return decimals.test(String(value)) && typeof value !== 'boolean' ? String(value) : undefined
    case 'double':
      return typeof value === 'number' && Number.isFinite(value) ? String(value) : undefined
    case 'boolean':
      return typeof value === 'boolean' ? String(value) : undefined
    case 'date':
      return parsed(value, parseDate)
    case 'timestamp':
      return parsed(value, parseInstant)
    case 'texts':
      return Array.isArray(value) && value.length <= limits.groupingsMax * 10 && value.every(isText)
        ? JSON.stringify(value)
        : undefined
  }
}

function isText(value: Json): value is string {
  return typeof value === 'string' && value.length <= textCharactersMax && value.isWellFormed() && !value.includes('\0')
}

/** Numbers beyond 2^53 come as text. */
function isWhole(value: Json, below: number): boolean {
  if (typeof value === 'number') return Number.isSafeInteger(value) && Math.abs(value) < below
  if (typeof value !== 'string' || !/^-?[0-9]{1,19}$/.test(value)) return false
  const whole = BigInt(value)
  return whole < BigInt(below) && whole >= -BigInt(below)
}

function parsed(value: Json, parse: (text: string) => string): string | undefined {
  if (typeof value !== 'string') return undefined
  try {
    const text = parse(value)
    // The engine's own calendar is no longer than this.
    return /^[0-9]{4}-/.test(text) ? text : undefined
  } catch (error) {
    if (error instanceof RangeError) return undefined
    throw error
  }
}
