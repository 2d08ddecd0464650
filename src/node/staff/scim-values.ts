import { staffErrors } from './errors.ts'

/*
 * Reading of what an identity provider sends (RFC 7643, RFC 7644). Attribute names are compared without case; what is
 * not of the right form is named by its attribute, never repeated.
 */

export type ScimObject = Readonly<Record<string, unknown>>

export const userSchema = 'urn:ietf:params:scim:schemas:core:2.0:User'
export const enterpriseSchema = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User'
/** Our own: the grade, which only an approving officer may change. */
export const staffSchema = 'urn:openfdp:scim:schemas:staff:1.0:User'
export const groupSchema = 'urn:ietf:params:scim:schemas:core:2.0:Group'
export const listSchema = 'urn:ietf:params:scim:api:messages:2.0:ListResponse'
export const patchSchema = 'urn:ietf:params:scim:api:messages:2.0:PatchOp'

/** The value of an attribute; undefined where it is absent or null. */
export function attributeOf(object: ScimObject, name: string): unknown {
  const key = Object.keys(object).find((each) => each.toLowerCase() === name.toLowerCase())
  return key === undefined ? undefined : (object[key] ?? undefined)
}

export function isObject(value: unknown): value is ScimObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

export function objectAt(object: ScimObject, name: string): ScimObject {
  const value = attributeOf(object, name)
  if (value === undefined) return {}
  if (!isObject(value)) throw wrong(name, 'an object')
  return value
}

export function textAt(object: ScimObject, name: string): string | undefined {
  const value = attributeOf(object, name)
  if (value === undefined) return undefined
  if (typeof value !== 'string') throw wrong(name, 'a text')
  return value.trim() === '' ? undefined : value.trim()
}

/** Some providers send truth as text. */
export function truthAt(object: ScimObject, name: string): boolean | undefined {
  const value = attributeOf(object, name)
  if (value === undefined || typeof value === 'boolean') return value
  const said = typeof value === 'string' ? value.toLowerCase() : ''
  if (said !== 'true' && said !== 'false') throw wrong(name, 'true or false')
  return said === 'true'
}

const listMax = 10_000

/** Entries of a multi-valued attribute; a single one may stand by itself, and a text for its value. */
export function listAt(object: ScimObject, name: string): readonly ScimObject[] | undefined {
  const value = attributeOf(object, name)
  return value === undefined ? undefined : listOf(value, name)
}

export function listOf(value: unknown, name: string): readonly ScimObject[] {
  const all = Array.isArray(value) ? (value as unknown[]) : [value]
  if (all.length > listMax) throw wrong(name, `a list of at most ${listMax}`)
  return all.map((each) => {
    if (typeof each === 'string') return { value: each }
    if (!isObject(each)) throw wrong(name, 'a list of objects')
    return each
  })
}

export function readAs<T>(attribute: string, shape: string, parse: () => T): T {
  try {
    return parse()
  } catch {
    throw wrong(attribute, shape)
  }
}

export function wrong(attribute: string, shape: string) {
  return staffErrors('FDP_STAFF_SCIM_VALUE', { attribute, shape })
}
