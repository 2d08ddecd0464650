import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { goodLife, life, type Step, walk } from './life.ts'
import { queue } from './queue.ts'

const steps = Object.keys(life) as Step[]

describe('the life of a submission', () => {
  it('allows no way that the table does not have', () => {
    for (const from of steps) {
      for (const to of steps) {
        const allowed = (life[from].next as readonly string[]).includes(to)
        const go = () => walk(from, () => {}).go(to)
        if (allowed) assert.doesNotThrow(go)
        else assert.throws(go, /cannot go/)
      }
    }
  })

  it('ends published or refused, never both, and nowhere else', () => {
    const ends = steps.filter((step) => life[step].next.length === 0)
    assert.deepEqual(ends.sort(), ['publish', 'refuse'])
  })

  it('is acknowledged before anything is read, and cannot be refused after it was sealed', () => {
    assert.ok(goodLife.indexOf('receive') < goodLife.indexOf('read'))
    assert.deepEqual(life.seal.next, ['publish'])
    for (const [i, step] of goodLife.slice(1).entries()) {
      assert.ok((life[goodLife[i]!].next as readonly string[]).includes(step))
    }
  })
})

describe('the queue of a tenant', () => {
  it('refuses what it has no room for, and has room again afterwards', async () => {
    const line = queue()
    let open = () => {}
    const gate = new Promise<void>((done) => {
      open = done
    })
    const waiting = Array.from({ length: 1_000 }, () => line.run(() => gate))
    await assert.rejects(
      line.run(async () => {}),
      { code: 'FDP_FLOWS_QUEUE_FULL' },
    )
    open()
    await Promise.all(waiting)
    assert.equal(await line.run(async () => 'in'), 'in')
  })

  it('runs one at a time, in order, past failures', async () => {
    const line = queue()
    const log: string[] = []
    const work = (name: string, fails: boolean) => async () => {
      log.push(`${name} in`)
      await new Promise((done) => setTimeout(done, 2))
      log.push(`${name} out`)
      if (fails) throw new Error(name)
    }
    const all = await Promise.allSettled([
      line.run(work('a', false)),
      line.run(work('b', true)),
      line.run(work('c', false)),
    ])
    assert.deepEqual(
      all.map(({ status }) => status),
      ['fulfilled', 'rejected', 'fulfilled'],
    )
    assert.deepEqual(log, ['a in', 'a out', 'b in', 'b out', 'c in', 'c out'])
  })
})
