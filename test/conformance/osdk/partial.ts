import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Link, linkColumns, type ObjectType, objectType } from '#contracts'
import { fullPlan, modelTypes, who } from '../../full-plan.ts'
import { type AnySet, type Application, all, keysOf, object, properties, refusedWith } from './client.ts'
import { byKey } from './loading.ts'
import { each, eachType, inTurn, type Suite } from './suite.ts'
import { type Expected, only, type Plain } from './typed-rows.ts'

/** What the person `partial` has been granted, read from the grants themselves. */
const grants = new Map(
  fullPlan()
    .grants.filter(({ subject, action }) => subject === who.partial.id && action === 'read')
    .map((grant) => [grant.object, grant]),
)
const columnsOf = ({ name }: ObjectType) => (grants.get(name)?.columns ?? []) as readonly string[]
const granted = modelTypes.filter(({ name }) => grants.has(name))
const rest = modelTypes.filter(({ name }) => !grants.has(name))

/** The rows of a type that the grant reaches, with the columns that it gives. */
function reached(expected: Expected, type: ObjectType): readonly Plain[] {
  const scopes = grants.get(type.name)?.rows ?? []
  return expected
    .objects(type.name)
    .filter((one) => scopes.every((scope) => scope.in.includes(String(one[scope.property]))))
    .map((one) => only(one, columnsOf(type)))
}

function isGranted(type: ObjectType, link: Link): boolean {
  return linkColumns(type, link).every(({ object, column }) => columnsOf(objectType(object)).includes(column))
}

/** A token that may see a part: types, properties, links and rows outside it are not there. */
export function partial(suite: () => Suite): void {
  test('in part: the granted rows of the granted types, with the granted properties, and their number', async () => {
    assert.ok(granted.length > 15 && rest.length > 30)
    const { as, expected } = suite()
    const some = await as('partial')
    await eachType(async (type) => {
      const wanted = reached(expected, type)
      const set = some(object(type.apiName))
      const found = (await all(set)).map(properties)
      assert.deepEqual(byKey(type, found), byKey(type, wanted))
      assert.equal((await set.fetchPage({ $pageSize: 1 })).totalCount, String(wanted.length))
      assert.equal((await set.aggregate({ $select: { $count: 'unordered' } })).$count, wanted.length)
    }, granted)
    assert.ok(granted.some((type) => reached(expected, type).length < expected.objects(type.name).length))
  })

  test('in part: an object outside the granted rows is not there by its key either', async () => {
    const { as, expected } = suite()
    const some = await as('partial')
    for (const type of granted) {
      const inside = new Set(reached(expected, type).map((one) => one[type.primaryKey]))
      const outside = expected.objects(type.name).find((one) => !inside.has(one[type.primaryKey]))
      if (!outside) continue
      const set = some(object(type.apiName))
      const key = String(outside[type.primaryKey])
      assert.deepEqual(await refusalOf(set.fetchOne(key)), await refusalOf(set.fetchOne('nobody-has-this-key')))
      assert.deepEqual(await keysOf(set.where({ [type.primaryKey]: key }), type.primaryKey), [])
    }
  })

  test('in part: metadata have the granted properties and links and no other', async () => {
    const { as } = suite()
    const some = await as('partial')
    await eachType(async (type) => {
      const found = await some.metadata(object(type.apiName))
      assert.deepEqual(Object.keys(found.properties as object).toSorted(), [...columnsOf(type)].toSorted())
      const links = type.links.filter((link) => isGranted(type, link)).map(({ name }) => name)
      assert.deepEqual(Object.keys(found.links as object).toSorted(), links.toSorted())
    }, granted)
  })

  test('in part: a type outside it is answered as one that does not exist, whatever is asked', async () => {
    const some = await suite().as('partial')
    const nonsense = await typeRefusals(some, 'NoSuchType')
    assert.ok(nonsense.every(({ errorName }) => errorName === 'ObjectTypeNotFound'))
    await eachType(async (type) => assert.deepEqual(await typeRefusals(some, type.apiName), nonsense), rest)
  })

  test('in part: a property outside it is answered as one that does not exist, wherever it is named', async () => {
    const some = await suite().as('partial')
    await eachType(async (type, index) => {
      const hidden = type.properties.filter(({ name }) => !columnsOf(type).includes(name))
      const one = hidden[index % Math.max(1, hidden.length)]
      if (!one) return
      const set = some(object(type.apiName))
      const nonsense = await propertyRefusals(set, 'noSuchProperty')
      assert.ok(nonsense.every(({ errorName }) => errorName === 'PropertiesNotFound'))
      assert.deepEqual(await propertyRefusals(set, one.name), nonsense)
    }, granted)
  })

  test('in part: links lead to granted objects only, and a link outside it is one that does not exist', async () => {
    const { as, expected } = suite()
    const some = await as('partial')
    const links = granted.flatMap((type) => type.links.map((link) => ({ type, link })))
    await each(
      inTurn(links, 3),
      ({ type, link }) => `${type.apiName}.${link.name}`,
      async ({ type, link }) => {
        const set = some(object(type.apiName))
        if (!isGranted(type, link)) {
          const nonsense = await refusalOf(set.pivotTo('noSuchLink').fetchPage())
          assert.equal(nonsense.errorName, 'LinkTypeNotFound')
          assert.deepEqual(await refusalOf(set.pivotTo(link.name).fetchPage()), nonsense)
          return
        }
        const to = objectType(link.object)
        const keys = new Set(expected.linked(type, reached(expected, type), link.name).map((one) => one[to.primaryKey]))
        const wanted = reached(expected, to).filter((one) => keys.has(one[to.primaryKey]))
        const found = await keysOf(set.pivotTo(link.name), to.primaryKey)
        assert.deepEqual(found, wanted.map((one) => String(one[to.primaryKey])).toSorted())
      },
    )
  })

  test('without a grant nothing is there', async () => {
    const nobody = await suite().as('nobody')
    const nonsense = await typeRefusals(nobody, 'NoSuchType')
    await eachType(async (type) => assert.deepEqual(await typeRefusals(nobody, type.apiName), nonsense))
  })
}

/** What is asked of a type, and the refusal of each. */
async function typeRefusals(application: Application, name: string): Promise<readonly Refusal[]> {
  const set = application(object(name))
  const ways = [
    () => set.fetchPage(),
    () => set.where({ anything: { $isNull: false } }).fetchPage(),
    () => set.aggregate({ $select: { $count: 'unordered' } }),
    () => set.pivotTo('anywhere').fetchPage(),
    () => application.metadata(object(name)),
  ]
  return await Promise.all(ways.map((way) => refusalOf(way(), name)))
}

async function propertyRefusals(set: AnySet, name: string): Promise<readonly Refusal[]> {
  const ways = [
    () => set.where({ [name]: { $isNull: false } }).fetchPage(),
    () => set.where({ $not: { [name]: { $isNull: true } } }).fetchPage(),
    () => set.fetchPage({ $select: [name] }),
    () => set.fetchPage({ $orderBy: { [name]: 'asc' } }),
    () => set.aggregate({ $select: { [`${name}:exactDistinct`]: 'unordered' } }),
    () => set.aggregate({ $select: { $count: 'unordered' }, $groupBy: { [name]: 'exact' } }),
    () => set.withProperties({ taken: (base) => base.selectProperty(name) }).fetchPage(),
  ]
  return await Promise.all(ways.map((way) => refusalOf(way(), name)))
}

interface Refusal {
  readonly errorName: unknown
  readonly errorCode: unknown
  readonly statusCode: unknown
  readonly message: string
  readonly parameters: string
}

/** All that an application can tell of a refusal, with the name that it asked for taken out. */
async function refusalOf(asked: Promise<unknown>, name = ''): Promise<Refusal> {
  const error = await refusedWith(() => asked)
  const { errorName, errorCode, statusCode } = error
  const parameters = JSON.stringify(error.parameters ?? null)
  const told = name === '' ? parameters.replace(/"linkType":"[^"]*"/, '') : parameters.replaceAll(name, '(the name)')
  return { errorName, errorCode, statusCode, message: (error as unknown as Error).message, parameters: told }
}
