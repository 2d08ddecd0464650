import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fc } from '../../test/random.ts'
import { PersistentMap } from './persistent-map.ts'

test('behaves as a Map, and earlier versions stay as they were', () => {
  const steps = fc.array(fc.tuple(fc.string({ maxLength: 3 }), fc.integer()), { maxLength: 60 })
  fc.assert(
    fc.property(steps, (sets) => {
      const versions: [PersistentMap<number>, Map<string, number>][] = [[PersistentMap.empty(), new Map()]]
      for (const [key, value] of sets) {
        const [map, model] = versions.at(-1)!
        versions.push([map.set(key, value), new Map(model).set(key, value)])
      }
      for (const [map, model] of versions) {
        assert.equal(map.size, model.size)
        assert.deepEqual([...map.keys()].sort(), [...model.keys()].sort())
        assert.equal([...map.values()].length, model.size)
        for (const [key] of sets) assert.deepEqual([map.get(key), map.has(key)], [model.get(key), model.has(key)])
      }
    }),
  )
})

test('names of every object are ordinary keys', () => {
  const map = PersistentMap.empty<number>()
  assert.deepEqual([map.get('constructor'), map.has('__proto__'), map.get('')], [undefined, false, undefined])
})
