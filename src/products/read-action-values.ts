import type { ActionDeclaration, ValueSource } from '#actions'
import { type ObjectType, objectType, objectTypes, type Property, type PropertyType } from '#contracts'
import type { Declaration } from '#metrics'

/*
 * Names and values of an action's file, each held against the contracts and the parameters. All throw
 * FDP_METRICS_DECLARATION with file, line and the nearest name.
 */

export type Parameters = ActionDeclaration['parameters']

/** A source whose values fit the property. */
export function readSourceFor(item: Declaration, property: Property, parameters: Parameters): ValueSource {
  const source = readSource(item, parameters)
  const fits = (type: PropertyType) => {
    if (type !== property.type)
      throw item.refuse(`\`${property.name}\` is a ${property.type}, and this a ${type}`, 'correct it')
  }
  if (source.from === 'now') fits('timestamp')
  else if (source.from === 'today') fits('date')
  else if (source.from === 'subject') fits('text')
  else if (source.from === 'property')
    fits(propertyIn(item, objectBehind(parameters, source.parameter), source.property).type)
  else if (source.from === 'constant') checkConstant(item, source.value, property)
  else if (source.from === 'parameter') {
    const parameter = parameters[source.parameter]!
    fits(parameter.kind === 'object' ? 'text' : parameter.type)
    const values = parameter.kind === 'value' ? parameter.values : null
    const outside = property.values && values?.find((value) => !property.values!.includes(value))
    if (outside) throw item.unknown('value', outside, property.values)
  }
  return source
}

function checkConstant(item: Declaration, value: string | null, { name, type, values }: Property): void {
  if (value === null) return
  if (values && !values.includes(value)) throw item.unknown('value', value, values)
  const forms: Partial<Record<PropertyType, RegExp>> = {
    ...{ text: /^/, boolean: /^(true|false)$/, integer: /^-?[0-9]+$/, long: /^-?[0-9]+$/ },
    date: /^[0-9]{4}-[0-9]{2}-[0-9]{2}$/,
  }
  if (!(forms[type]?.test(value) ?? false))
    throw item.refuse(`\`${name}\` is a ${type}, and this is none`, 'correct it')
}

/** `{ parameter: x }`, `{ property: x.y }`, `{ value: … }`, a plain value, `now`, `today` or `subject`. */
export function readSource(item: Declaration, parameters: Parameters): ValueSource {
  for (const from of ['now', 'today', 'subject'] as const) if (isScalar(item, from)) return { from }
  const plain = plainOf(item)
  if (plain !== undefined) return { from: 'constant', value: plain }
  const place = readPlace(item, parameters)
  if (place) {
    item.end()
    return place
  }
  const value = constantOf(item.required('value'))
  item.end()
  return { from: 'constant', value }
}

export function readPlace(item: Declaration, parameters: Parameters): ValueSource | null {
  const parameter = item.optional('parameter')
  if (parameter) return { from: 'parameter', parameter: known(parameter, parameter.text(), parameters) }
  const at = item.optional('property')
  if (!at) return null
  const [name = '', property = ''] = at.text().split('.')
  const type = objectBehind(parameters, objectParameterNamed(at, name, parameters))
  return { from: 'property', parameter: name, property: propertyIn(at, type, property).name }
}

export function isScalar(item: Declaration, word: string): boolean {
  return plainOf(item) === word
}

/** A single value as text; undefined for anything else. */
function plainOf(item: Declaration): string | null | undefined {
  try {
    return constantOf(item)
  } catch {
    return undefined
  }
}

export function constantOf(item: Declaration): string | null {
  const value = item.scalar()
  return value === null ? null : String(value)
}

export function objectParameter(at: Declaration, parameters: Parameters): string {
  return objectParameterNamed(at, at.text(), parameters)
}

function objectParameterNamed(at: Declaration, name: string, parameters: Parameters): string {
  const found = parameters[known(at, name, parameters)]
  if (found?.kind === 'object') return name
  throw at.refuse(`the parameter \`${name}\` names no object`, 'give it `object:` instead of a type')
}

function known(at: Declaration, name: string, parameters: Parameters): string {
  if (Object.hasOwn(parameters, name)) return name
  throw at.unknown('parameter', name, Object.keys(parameters))
}

export function objectBehind(parameters: Parameters, name: string): ObjectType {
  const parameter = parameters[name]
  if (parameter?.kind !== 'object') throw new Error('looked for the object of a parameter that names none')
  return objectType(parameter.object)
}

export function readObject(item: Declaration): ObjectType {
  return typeNamed(item, item.text())
}

export function typeNamed(item: Declaration, name: string): ObjectType {
  const found = objectTypes().find((type) => type.name === name)
  if (found) return found
  throw item.unknown(
    'object type',
    name,
    objectTypes().map((type) => type.name),
  )
}

export function propertyIn(item: Declaration, type: ObjectType, name: string): Property {
  const found = type.properties.find((property) => property.name === name)
  if (found) return found
  throw item.unknown(
    'property',
    name,
    type.properties.map((property) => property.name),
  )
}
