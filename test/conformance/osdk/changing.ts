import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ActionValidationError } from '@osdk/client'
import { editedTypes, modelTypes } from '../../full-plan.ts'
import { until } from '../../subscriber.ts'
import { keysOf, type Loaded, object, refusedWith } from './client.ts'
import type { Suite } from './suite.ts'
import type { Plain } from './typed-rows.ts'

const reason = 'a test of actions'

// Once nobody listens any more the client waits so long for somebody new; a test need not.
const idleMs = 15_000
const { setTimeout: timer } = globalThis
globalThis.setTimeout = ((act: (...rest: unknown[]) => void, ms?: number, ...rest: unknown[]) => {
  const made = timer(act, ms, ...rest)
  return ms === idleMs ? made.unref() : made
}) as typeof setTimeout

/** Actions and subscriptions. Last of all, since what they change is not as it was published. */
export function changing(suite: () => Suite): void {
  const encounters = (keep: (one: Plain) => boolean) =>
    suite()
      .expected.objects('Encounter')
      .filter(keep)
      .map((one) => String(one.encounterId))
  const open = () =>
    encounters(({ admissionStatus }) => admissionStatus !== undefined && admissionStatus !== 'Admitted')

  test('applyAction: what is not valid is said parameter by parameter, and changes nothing', async () => {
    const full = await suite().as('full')
    const priority = full.action('change-priority')
    const [encounter] = open()
    const before = await full(object('Encounter')).fetchOne(encounter!)
    const invalid = async (parameters: object) => {
      const error = await refusedWith(() => priority.applyAction(parameters))
      assert.ok(error instanceof ActionValidationError, String(error))
      assert.equal(error.validation.result, 'INVALID')
      return error.validation
    }
    assert.equal((await invalid({ encounter, priority: 'P9', reason })).parameters.priority!.result, 'INVALID')
    assert.equal((await invalid({ encounter, reason })).parameters.priority!.result, 'INVALID')
    assert.equal((await invalid({ encounter, priority: 'P2' })).parameters.reason!.result, 'INVALID')
    assert.equal(
      (await invalid({ encounter: 'nobody', priority: 'P2', reason })).parameters.encounter!.result,
      'INVALID',
    )
    const [admitted] = encounters(({ admissionStatus }) => admissionStatus === 'Admitted')
    const { submissionCriteria } = await invalid({ encounter: admitted, priority: 'P2', reason })
    assert.deepEqual(
      submissionCriteria.map(({ result }) => result),
      ['INVALID'],
    )
    const wrong = await refusedWith(() => priority.applyAction({ encounter, priority: 'P2', reason, more: 'x' }))
    assert.deepEqual([wrong.statusCode, wrong.errorName], [400, 'UnknownParameter'])
    const validateOnly = { $validateOnly: true }
    const { result } = (await priority.applyAction({ encounter, priority: 'P2', reason }, validateOnly)) as {
      result: string
    }
    assert.equal(result, 'VALID')
    assert.equal((await full(object('Encounter')).fetchOne(encounter!)).priority, before.priority)
  })

  test('applyAction changes an object for whoever reads next; an application with tokens does so by tokens', async () => {
    const { as } = suite()
    const full = await as('full')
    const [, encounter] = open()
    const edits = await full
      .action('change-priority')
      .applyAction({ encounter, priority: 'P1a', reason }, { $returnEdits: true })
    assert.partialDeepStrictEqual(edits, { type: 'edits', editedObjectTypes: ['Encounter'] })
    const encountersOf = full(object('Encounter'))
    assert.equal((await encountersOf.fetchOne(encounter!)).priority, 'P1a')
    assert.ok((await keysOf(encountersOf.where({ priority: 'P1a' }), 'encounterId')).includes(encounter!))

    const tokens = await as('tokens')
    const same = await tokens(object('Encounter')).where({ priority: 'P1a' }).fetchPage()
    assert.equal(same.data.length, (await keysOf(encountersOf.where({ priority: 'P1a' }), 'encounterId')).length)
    const token = same.data[0]!
    await tokens.action('change-priority').applyAction({ encounter: token, priority: 'P1b', reason })
    assert.equal((await tokens(object('Encounter')).fetchOne(token.$primaryKey)).priority, 'P1b')
  })

  test('applyAction creates an object under a key that the node makes; a batch is all or nothing', async () => {
    const full = await suite().as('full')
    const [, , encounter, other] = open()
    const requests = full(object('ChangeLogRequest'))
    const count = async () => (await requests.aggregate({ $select: { $count: 'unordered' } })).$count!
    const before = await count()
    const change = { encounter, propertyToModify: 'priority', newValue: 'P3', description: 'seen by a test' }
    const action = full.action('request-change')
    const edits = (await action.applyAction(change, { $returnEdits: true })) as {
      readonly addedObjects: readonly { readonly objectType: string; readonly primaryKey: string }[]
    }
    assert.deepEqual(
      edits.addedObjects.map(({ objectType }) => objectType),
      ['ChangeLogRequest'],
    )
    const made = await requests.fetchOne(edits.addedObjects[0]!.primaryKey)
    assert.deepEqual([made.newValue, made.encounterId, made.description], ['P3', encounter, 'seen by a test'])
    await action.batchApplyAction([change, { ...change, encounter: other }])
    assert.equal(await count(), before + 3)
    const half = await refusedWith(() => action.batchApplyAction([change, { ...change, encounter: 'nobody' }]))
    assert.equal(half.statusCode, 400)
    assert.equal(await count(), before + 3)
  })

  test('an action that somebody may not take is one that does not exist', async () => {
    const { as } = suite()
    for (const person of ['partial', 'figures', 'nobody'] as const) {
      const application = await as(person)
      const refusal = async (name: string) => {
        const { errorName, errorCode, parameters } = await refusedWith(() => application.action(name).applyAction({}))
        return [errorName, errorCode, JSON.stringify(parameters).replaceAll(name, '')]
      }
      assert.deepEqual(await refusal('change-priority'), await refusal('no-such-action'))
    }
  })

  test('subscribe: to every type that may be seen, and to no other', async () => {
    const application = await suite().as('full')
    const found = new Set<string>()
    // The client says again all that it wants with each listener more, so a few at a time.
    for (let at = 0; at < modelTypes.length; at += 8) {
      const some = modelTypes.slice(at, at + 8)
      const ends = some.map(({ apiName }) =>
        application(object(apiName)).subscribe({ onSuccessfulSubscription: () => void found.add(apiName) }),
      )
      await until(() => some.every(({ apiName }) => found.has(apiName)))
      await Promise.all(ends.map((each) => each.unsubscribe()))
    }
    const nobody = await suite().as('nobody')
    const { errorName } = await refusedWith(() => nobody(object('Ward')).subscribe({}).unsubscribe())
    assert.equal(errorName, 'ObjectTypeNotFound')
  })

  test('subscribe: a change of an object comes with the object as it may be seen', async () => {
    const full = await suite().as('full')
    const [encounter] = open().slice(-1)
    const heard: { readonly object: Loaded; readonly state: string }[] = []
    let isReady = false
    const set = full(object('Encounter')).where({ priority: 'P6' })
    const subscription = set.subscribe({
      onSuccessfulSubscription: () => void (isReady = true),
      onChange: (change) => void heard.push(change),
    })
    await until(() => isReady)
    const change = (priority: string) => full.action('change-priority').applyAction({ encounter, priority, reason })
    await change('P6')
    await until(() => heard.length >= 1)
    await change('P5')
    await until(() => heard.length >= 2)
    await subscription.unsubscribe()
    assert.deepEqual(
      heard.map(({ state, object: one }) => [state, one.$primaryKey]),
      [
        ['ADDED_OR_UPDATED', encounter],
        ['REMOVED', encounter],
      ],
    )
    assert.equal(heard[0]!.object.priority, 'P6')
    assert.ok(editedTypes.includes('Encounter'))
  })
}
