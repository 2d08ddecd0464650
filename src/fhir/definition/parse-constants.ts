import { limits } from '#kernel'
import { isPrimitiveType, type PrimitiveType, primitiveTypes } from './primitive-types.ts'
import { type Members, readList, readName, readObject, viewError } from './read-members.ts'
import type { Constant } from './view.ts'

/** Names that a path knows without a constant. */
const taken = ['resource', 'rowIndex']

const typeOfMember = new Map(
  Object.keys(primitiveTypes)
    .filter((type) => type !== 'markdown' && type !== 'xhtml')
    .map((type) => [`value${type.charAt(0).toUpperCase()}${type.slice(1)}`, type]),
)

/** `constant` of a ViewDefinition, by name. */
export function parseConstants(view: Members): ReadonlyMap<string, Constant> {
  const constants = new Map<string, Constant>()
  readList(view, 'constant', '', limits.viewConstantsMax).forEach((each, i) => {
    const place = `constant[${i}]`
    const members = readObject(each, place, ['name', ...typeOfMember.keys()])
    const name = readName(members, place)
    if (constants.has(name) || taken.includes(name))
      throw viewError(`${place}.name`, `there is a \`%${name}\` already`, 'choose another name')
    constants.set(name, constantOf(members, place))
  })
  return constants
}

function constantOf(members: Members, place: string): Constant {
  const given = Object.keys(members).filter((name) => name !== 'name')
  const [member = ''] = given
  const type = typeOfMember.get(member) ?? ''
  if (given.length !== 1 || !isPrimitiveType(type))
    throw viewError(place, 'a constant has exactly one value', 'give it one member such as `valueString`')
  return { type: primitiveTypes[type], text: textOf(members[member], type, `${place}.${member}`) }
}

const textForms: Partial<Record<PrimitiveType, RegExp>> = {
  date: /^\d{4}(-\d{2}(-\d{2})?)?$/,
  dateTime: /^\d{4}(-\d{2}(-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:\d{2})?)?)?)?$/,
  instant: /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,9})?(Z|[+-]\d{2}:\d{2})$/,
  time: /^\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?$/,
}

function textOf(value: unknown, type: PrimitiveType, place: string): string {
  const wanted = primitiveTypes[type] === 'number' || type === 'boolean' ? primitiveTypes[type] : 'string'
  const plain = String(value)
  // FHIR writes a decimal as a JSON number; one that JavaScript would show with an exponent is out of its range
  const fits = wanted === 'number' ? /^-?\d{1,18}(\.\d{1,12})?$/ : (textForms[type] ?? /^[^\0]*$/)
  const whole = wanted !== 'number' || type === 'decimal' || Number.isSafeInteger(value)
  if (typeof value !== wanted || !fits.test(plain) || !whole)
    throw viewError(place, `this is no value of the type \`${type}\``, 'write it in the form that FHIR gives the type')
  return plain
}
