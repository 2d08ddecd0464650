import { fc } from '../../random.ts'

/* Requests of every kind, and what may be put in them in the place of what belongs there. */

/** Nothing that looks like a name, so that it may never be said back. */
export const sent = 'Zz sent: 999-000 0018'

export const base = { type: 'base', objectType: 'RttPeriod' }
export const where = { type: 'eq', field: 'statusCode', value: '20' }

/** Where a value may be put in the place of another. */
export const requests: readonly (readonly [string, unknown])[] = [
  [
    'objectSets/loadObjects',
    {
      objectSet: {
        type: 'filter',
        objectSet: {
          type: 'withProperties',
          objectSet: { type: 'union', objectSets: [base, { type: 'subtract', objectSets: [base, base] }] },
          derivedProperties: {
            far: {
              type: 'selection',
              objectSet: { type: 'searchAround', objectSet: { type: 'methodInput' }, link: 'patient' },
              operation: { type: 'get', selectedPropertyApiName: 'sex' },
            },
            sum: {
              type: 'add',
              properties: [
                { type: 'extract', part: 'DAYS', property: { type: 'property', apiName: 'clockStartDate' } },
                { type: 'extract', part: 'YEARS', property: { type: 'property', apiName: 'clockStartDate' } },
              ],
            },
          },
        },
        where: {
          type: 'and',
          value: [
            { type: 'not', value: { type: 'in', field: 'statusCode', value: ['30', '31'] } },
            { type: 'gte', propertyIdentifier: { type: 'property', apiName: 'clockStartDate' }, value: '2020-01-01' },
            { type: 'containsAnyTerm', field: 'providerCode', value: 'RZ1 x', fuzzy: true },
            { type: 'regex', field: 'treatmentFunctionCode', value: '[0-9]{3}' },
            { type: 'wildcard', field: 'treatmentFunctionCode', value: '1*' },
          ],
        },
      },
      select: [],
      selectV2: [{ type: 'property', apiName: 'clockStartDate' }],
      orderBy: { fields: [{ field: 'far', direction: 'desc' }, { field: 'clockStartDate' }] },
      ...{ pageSize: 5, excludeRid: false, snapshot: true },
    },
  ],
  ['objectSets/loadObjectsMultipleObjectTypes', { objectSet: { type: 'static', objects: ['ri.x'] }, select: [] }],
  ['objectSets/loadLinks', { objectSet: base, links: ['patient'] }],
  ['objectSets/createTemporary', { objectSet: { type: 'intersect', objectSets: [base, base] } }],
  [
    'objectSets/aggregate',
    {
      objectSet: base,
      aggregation: [
        { type: 'count', name: 'count', direction: 'DESC' },
        { type: 'max', field: 'clockStartDate', name: 'm' },
      ],
      groupBy: [{ type: 'duration', field: 'clockStartDate', value: 1, unit: 'MONTHS' }],
    },
  ],
  [
    'objects/RttPeriod/aggregate',
    {
      aggregation: [{ type: 'exactDistinct', field: 'treatmentFunctionCode' }],
      groupBy: [{ type: 'exact', field: 'statusCode', maxGroupCount: 5, defaultValue: 'none' }],
      where,
    },
  ],
  [
    'objects/RttPeriod/search',
    { where, select: ['statusCode'], pageSize: 2, orderBy: { fields: [{ field: 'statusCode' }] } },
  ],
]

/** Of every value in a JSON value: the members and places that lead to it. */
export function paths(json: unknown, at: readonly (string | number)[] = []): (readonly (string | number)[])[] {
  if (typeof json !== 'object' || json === null) return [at]
  return [at, ...Object.entries(json).flatMap(([name, each]) => paths(each, [...at, name]))]
}

/** `text` is JSON, also such as no program would make. */
export function put(json: unknown, at: readonly (string | number)[], text: string): string {
  const hole = 'a hole for a value'
  const copy = structuredClone({ json })
  const [last, ...rest] = ['json', ...at].toReversed()
  const inner = rest.toReversed().reduce<Record<string, unknown>>((it, name) => it[name] as never, copy)
  inner[last!] = hole
  return JSON.stringify(copy.json).replace(`"${hole}"`, () => text)
}

export const deep = (times: number, open: string, close: string) => `${open.repeat(times)}1${close.repeat(times)}`
export const strange = fc.oneof(
  fc.constantFrom(
    ...[
      'null',
      'true',
      '-1',
      '0',
      '1e999',
      '1e308',
      '9007199254740993',
      '0.1',
      '""',
      '[]',
      '{}',
      '[null]',
      '{"type":null}',
    ],
    ...[
      '"\\u0000"',
      '"\\ud800"',
      '"a\\udc00"',
      '"🦆"',
      '"__proto__"',
      '"constructor"',
      '"toString"',
      '"hasOwnProperty"',
    ],
    ...[
      '{"__proto__":{"type":"base"}}',
      '{"constructor":{"prototype":{}}}',
      '{"type":"__proto__"}',
      '{"type":"toString"}',
    ],
    ...[
      `"\\"; DROP TABLE x; --"`,
      `"'); SELECT 1; --"`,
      '"$1"',
      '"%"',
      '"\\\\"',
      '"(((("',
      '"[a"',
      '"(?i)x"',
      '"a{1000}{1000}"',
    ],
    ...['"2026-02-30"', '"0000-00-00"', '"2026-01-01T25:00:00Z"', '"+99999-01-01"', '"2026-01-01T00:00:00+99:99"'],
    ...[
      '{"type":"methodInput"}',
      '{"type":"reference","reference":"ri.x"}',
      '{"type":"base","objectType":"Encounter"}',
    ],
    ...[
      '"~patientId"',
      '"_person"',
      '"_key"',
      '"_order"',
      '"~rid"',
      '"~controller"',
      '"_controller"',
      '"__rid"',
      '"lake._key"',
    ],
    ...[JSON.stringify(sent), JSON.stringify({ type: sent }), JSON.stringify({ [sent]: sent }), JSON.stringify([sent])],
    JSON.stringify({ type: 'eq', field: sent, value: sent }),
    JSON.stringify({ type: 'base', objectType: sent }),
    JSON.stringify({ type: 'searchAround', objectSet: base, link: sent }),
    JSON.stringify({ type: 'static', objects: [sent] }),
    JSON.stringify({ type: 'interfaceBase', interfaceType: sent }),
    JSON.stringify({ type: 'withinPolygon', field: 'statusCode', value: sent }),
  ),
  fc.constantFrom(
    ...[
      deep(5_000, '[', ']'),
      deep(5_000, '{"type":"not","value":', '}'),
      deep(3_000, '{"type":"asBaseObjectTypes","objectSet":', '}'),
    ],
    ...[deep(3_000, '{"type":"negate","property":', '}'), `[${'1,'.repeat(50_000)}1]`, `"${'x'.repeat(100_000)}"`],
    `{${Array.from({ length: 3_000 }, (_, i) => `"p${i}":{"type":"property","apiName":"statusCode"}`)}}`,
    JSON.stringify({ type: 'union', objectSets: Array(2_000).fill(base) }),
  ),
  fc.json({ maxDepth: 3 }),
)

/** A second place is looked for in what is left of the first request, where that is JSON still. */
export function replaced(body: unknown, at: readonly (string | number)[], text: string): unknown {
  try {
    return JSON.parse(put(body, at, text))
  } catch {
    return body
  }
}

export function startsWith(path: readonly (string | number)[], start: readonly (string | number)[]): boolean {
  return start.every((each, i) => path[i] === each)
}
