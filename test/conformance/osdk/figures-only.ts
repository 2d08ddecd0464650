import assert from 'node:assert/strict'
import { test } from 'node:test'
import { objectType } from '#contracts'
import { figureTypes, modelTypes } from '../../full-plan.ts'
import { object, refusedWith } from './client.ts'
import { groupable, groupCases, grouped, groupKey } from './figures.ts'
import type { Suite } from './suite.ts'

const types = figureTypes.filter((name) => modelTypes.some((type) => type.name === name)).map(objectType)
/** What the disclosure policy of these grants does with a count: 0 stays, 1 to 7 are not shown, others go to the nearest 5. */
const rounded = (count: number) => Math.round(count / 5) * 5
const smallest = 8

/** A token that may have figures and no rows. */
export function figuresOnly(suite: () => Suite): void {
  test('figures only: objects are not there to be loaded, as those of a type that does not exist', async () => {
    const figures = await suite().as('figures')
    const loads = (name: string) => {
      const set = figures(object(name))
      return [set.fetchPage(), set.fetchOne('x'), set.where({}).fetchPage()].map((asked) => refusedWith(() => asked))
    }
    for (const { apiName } of types) {
      for (const { errorName } of await Promise.all(loads(apiName))) assert.equal(errorName, 'ObjectTypeNotFound')
    }
  })

  test('figures only: counts are rounded, and what small groups would tell is not shown', async () => {
    const { as, expected } = suite()
    const figures = await as('figures')
    let held = 0
    for (const type of types) {
      const objects = expected.objects(type.name)
      const set = figures(object(type.apiName))
      assert.equal((await set.aggregate({ $select: { $count: 'unordered' } })).$count, rounded(objects.length))
      const { properties } = await figures.metadata(object(type.apiName))
      const by = groupable(type).filter(({ name, type: kind }) => name in (properties as object) && kind === 'text')
      for (const property of by.slice(0, 4)) {
        const groups = grouped([groupCases(property, objects)[0]!], objects)
        const $groupBy = { [property.name]: 'exact' }
        const found = await set.aggregate({ $select: { $count: 'unordered' }, $groupBy })
        held += groups.size - found.length
        for (const { $group, $count } of found) {
          const { length } = groups.get(groupKey($group!))!
          assert.ok(length >= smallest, `${type.name}.${property.name}: a group of ${length} is shown`)
          assert.equal($count, rounded(length))
        }
      }
    }
    assert.ok(held > 0, 'no group was held back')
  })

  test('figures only: a figure that tells of one object is refused', async () => {
    const figures = await suite().as('figures')
    const set = figures(object('Encounter'))
    for (const metric of ['min', 'max']) {
      const { statusCode } = await refusedWith(() =>
        set.aggregate({ $select: { [`priority:${metric}`]: 'unordered' } }),
      )
      assert.ok(statusCode === 400 || statusCode === 404, String(statusCode))
    }
  })
}
