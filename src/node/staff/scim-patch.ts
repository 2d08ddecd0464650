import { staffErrors } from './errors.ts'
import { attributeOf, isObject, listAt, listOf, type ScimObject, textAt, wrong } from './scim-values.ts'

const operationsMax = 100
const multiValued = ['members', 'roles']

/**
 * A resource after the operations of a PatchOp (RFC 7644 section 3.5.2), to be put in the place of the one before.
 * Paths: an attribute, an attribute of a complex one (`name.formatted`), one of an extension after its URN, and for
 * members and roles `members[value eq "…"]`. Errors: FDP_STAFF_SCIM_VALUE, FDP_STAFF_SCIM_PATH.
 */
export function patched(resource: ScimObject, patch: ScimObject): ScimObject {
  const operations = listAt(patch, 'Operations') ?? []
  if (operations.length === 0 || operations.length > operationsMax)
    throw wrong('Operations', `a list of 1 to ${operationsMax}`)
  return operations.reduce(applied, resource)
}

function applied(resource: ScimObject, operation: ScimObject): ScimObject {
  const op = textAt(operation, 'op')?.toLowerCase()
  if (op !== 'add' && op !== 'replace' && op !== 'remove') throw wrong('op', 'add, replace or remove')
  const path = textAt(operation, 'path')
  const value = attributeOf(operation, 'value')
  if (path !== undefined) return changed(resource, readPath(path), op, value)
  if (!isObject(value) || op === 'remove') throw wrong('path', 'there')
  // Without a path the value holds attributes, by name or by path.
  return Object.entries(value).reduce((after, [name, each]) => changed(after, readPath(name), op, each), resource)
}

interface Path {
  readonly names: readonly string[]
  /** Of a multi-valued attribute: the entry with this value. */
  readonly only: string | null
}

function readPath(path: string): Path {
  const picked = /^(members|roles)\[value eq "([^"\\]{1,200})"\]$/i.exec(path)
  if (picked) return { names: [picked[1]!], only: picked[2]! }
  // The dots of a URN's version are its own: an attribute follows after its last colon.
  const extension = /^(urn:[a-z0-9:._-]+:User)(?::([a-z]+(?:\.[a-z]+)?))?$/i.exec(path)
  const rest = extension ? (extension[2]?.split('.') ?? []) : path.split('.')
  const names = extension ? [extension[1]!, ...rest] : rest
  if (names.length > 3 || names.some((name) => name === '' || name.includes('[')))
    throw staffErrors('FDP_STAFF_SCIM_PATH')
  return { names, only: null }
}

function changed(resource: ScimObject, { names, only }: Path, op: string, value: unknown): ScimObject {
  const [name = '', ...deeper] = names
  const key = Object.keys(resource).find((each) => each.toLowerCase() === name.toLowerCase()) ?? name
  const before = resource[key]
  if (multiValued.includes(key.toLowerCase()))
    return { ...resource, [key]: changedList(key, before === undefined ? [] : listOf(before, key), only, op, value) }
  if (deeper.length > 0) {
    const inner = isObject(before) ? before : {}
    return { ...resource, [key]: changed(inner, { names: deeper, only }, op, value) }
  }
  if (op === 'remove') return { ...resource, [key]: null }
  if (isObject(value) && isObject(before)) return { ...resource, [key]: { ...before, ...value } }
  return { ...resource, [key]: value }
}

function changedList(
  name: string,
  before: readonly ScimObject[],
  only: string | null,
  op: string,
  value: unknown,
): readonly ScimObject[] {
  const isOne = (each: ScimObject, wanted: unknown) => attributeOf(each, 'value') === wanted
  if (op === 'remove') {
    if (only !== null) return before.filter((each) => !isOne(each, only))
    // Entries to be taken out are named in the value by some providers; without them all go.
    const gone = value === undefined ? before : listOf(value, name)
    return before.filter((each) => !gone.some((one) => isOne(each, attributeOf(one, 'value'))))
  }
  if (only !== null) {
    if (!isObject(value)) throw wrong(name, 'an object')
    return before.map((each) => (isOne(each, only) ? { ...each, ...value } : each))
  }
  const given = listOf(value, name)
  if (op === 'replace') return given
  return [...before.filter((each) => !given.some((one) => isOne(each, attributeOf(one, 'value')))), ...given]
}
