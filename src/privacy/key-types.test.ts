import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { objectTypes } from '#contracts'
import { keyTypeByte, keyTypes } from './key-types.ts'

const vectors = JSON.parse(readFileSync(new URL('../../spec/token-vectors.json', import.meta.url), 'utf8'))

test('a number once given to a kind of key stays, and the specification has them all', () => {
  assert.deepEqual(keyTypes, vectors.keyTypes)
})

test('the numbers fit a byte, none is 0 and none comes twice', () => {
  const numbers = Object.values(keyTypes)
  assert.equal(new Set(numbers).size, numbers.length)
  assert.ok(numbers.every((number) => Number.isInteger(number) && number >= 1 && number <= 255))
})

test('people and every person-level object type have a number', () => {
  assert.equal(keyTypeByte('person'), 1)
  for (const type of objectTypes()) assert.ok(keyTypeByte(type.name) > 1, type.name)
})
