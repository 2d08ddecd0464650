import type { ObjectType, Property } from '#contracts'
import { termsOf, type Where } from './holds.ts'
import { compareAs, type Plain } from './typed-rows.ts'

/** Every operator of the client that such a property takes, asked with values that it has. */
export function casesOf(property: Property, objects: readonly Plain[]): readonly Where[] {
  const { name, type } = property
  const values = objects.flatMap((each) => (each[name] === undefined ? [] : [each[name]!]))
  if (values.length === 0) throw new Error(`${name} has no value anywhere`)
  const asked = (operators: object): Where[] =>
    Object.entries(operators).map(([key, value]) => ({ [name]: { [key]: value } }))
  const isThere = [...asked({ $isNull: true }), ...asked({ $isNull: false })]
  if (type === 'texts') return [...isThere, ...elementCases(String((values[0] as readonly string[])[0])).flatMap(asked)]
  const sorted = values.toSorted((a, b) => compareAs(type, a, b))
  const [low, middle] = [sorted[0]!, sorted[Math.trunc(sorted.length / 2)]!]
  const equal = [...isThere, ...asked({ $eq: middle, $ne: middle, $in: [low, middle] }), { [name]: low }]
  if (type === 'boolean') return equal
  const ordered = [...equal, ...asked({ $gt: middle, $gte: middle, $lt: middle, $lte: middle })]
  return type === 'text' ? [...ordered, ...asked({ $in: [] }), ...termCases(String(middle)).flatMap(asked)] : ordered
}

/** The client takes any test of an element inside `$contains`. */
function elementCases(text: string): readonly object[] {
  const inside = [text, { $startsWith: text.slice(0, 4) }, { $gt: text }, { $in: [text, 'no such element'] }]
  return inside.map((each) => ({ $contains: each }))
}

function termCases(text: string): readonly object[] {
  const terms = termsOf(text)
  const [first = 'none', last = 'none'] = [terms[0], terms.at(-1)]
  // A letter changed is one edit, which short terms do not allow.
  const near = `${first.slice(0, -1)}${first.endsWith('x') ? 'y' : 'x'}`
  const literal = text.slice(0, 5).replace(/[^A-Za-z0-9 ]/g, '.')
  return [
    { $startsWith: text.slice(0, 4) },
    { $containsAllTerms: `${last} ${first.toUpperCase()}` },
    { $containsAllTerms: { term: near, fuzzySearch: true } },
    { $containsAnyTerm: `${last} nosuchterm` },
    { $containsAnyTerm: { term: `${near} nosuchterm`, fuzzySearch: true } },
    { $containsAllTermsInOrder: terms.slice(0, 2).join(' ') },
    { $interval: { $match: `${last} ${first}`, $ordered: false, $maxGaps: 1 } },
    { $interval: { $match: terms.slice(0, 2).join(' ').slice(0, -1), $prefixOnLastTerm: true } },
    {
      $interval: {
        $and: [{ $fuzzy: near, $fuzziness: 1 }, { $or: [{ $match: last, $ordered: true }, { $match: first }] }],
        $ordered: true,
      },
    },
    { $matchesRegex: `${literal}.*` },
  ]
}

/** Tests put together, over the two properties with the most values. */
export function joinedCases(type: ObjectType, objects: readonly Plain[]): readonly Where[] {
  const rank = (name: string) => new Set(objects.map((each) => String(each[name]))).size
  const names = type.properties
    .filter((property) => property.type !== 'texts' && property.name !== type.primaryKey)
    .map(({ name }) => name)
    .toSorted((a, b) => rank(a) - rank(b))
  const key = { [type.primaryKey]: { $gt: String(objects[Math.trunc(objects.length / 3)]![type.primaryKey]) } }
  const name = names.find((each) => objects.some((one) => one[each] !== undefined)) ?? type.primaryKey
  const value = objects.find((each) => each[name] !== undefined)![name]!
  const other = { [name]: value }
  return [
    {},
    { $and: [key, other] },
    { $or: [key, { $not: other }] },
    { $not: { $and: [key, { [name]: { $isNull: false } }] } },
    { ...key, ...other },
    { $and: [] },
  ]
}

/**
 * Many tests in one question: the objects are cut into as many parts by their keys, and each part is asked with another
 * test. `turn` moves the tests along, so that a second question asks each part with the next test.
 */
export function inParts(primaryKey: string, cases: readonly Where[], objects: readonly Plain[], turn: number): Where {
  const keys = objects.map((each) => String(each[primaryKey])).toSorted()
  const size = Math.ceil(keys.length / cases.length)
  const parts = cases.map((_, i): Where => {
    const [from, to] = [keys[i * size], keys[(i + 1) * size]]
    const range = [...(from ? [{ [primaryKey]: { $gte: from } }] : []), ...(to ? [{ [primaryKey]: { $lt: to } }] : [])]
    return { $and: [...range, cases[(i + turn) % cases.length]!] }
  })
  return { $or: parts.slice(0, Math.ceil(keys.length / size)) }
}
