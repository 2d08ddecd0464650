import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { PurposeId } from '#kernel'
import { openBearerSite } from '../../../test/bearer-site.ts'
import { object, openApplication } from '../../../test/conformance/osdk/client.ts'
import { until } from '../../../test/subscriber.ts'
import { openWorld, validation, validator } from '../../../test/world.ts'

/* The real client as an application has it: `subscribe` on an object set, and what its listener hears. */

const level = 'identifiable' as const
const columns = ['pathwayId', 'pathwayStatus', 'treatmentFunctionCode']

interface Heard {
  readonly what: 'change' | 'out-of-date' | 'error' | 'subscribed'
  readonly state?: string
  readonly object?: Readonly<Record<string, unknown>>
  readonly closed?: boolean
}

// Once nobody listens any more the client waits so long for somebody new; a test need not.
const idleMs = 15_000
const { setTimeout: timer } = globalThis
globalThis.setTimeout = ((act: (...rest: unknown[]) => void, ms?: number, ...rest: unknown[]) => {
  const made = timer(act, ms, ...rest)
  return ms === idleMs ? made.unref() : made
}) as typeof setTimeout

test('the client’s listener hears that it is subscribed, what changed, that it is out of date, and that it was ended', async () => {
  await using world = await openWorld({ patients: 20 })
  await using site = await openBearerSite(world.node)
  const edits = { action: 'edit' as const, level, purpose: validation as PurposeId, columns: ['pathwayStatus'] }
  await world.grant(validator, 'PatientPathway', edits)
  const name = await world.hire()
  const grant = await world.grant(name, 'PatientPathway', { level, purpose: validation as PurposeId, columns })
  const application = await openApplication(site.url, 'alder-vale', () => site.bearer(name, validation))
  const heard: Heard[] = []
  const listener = {
    onSuccessfulSubscription: () => void heard.push({ what: 'subscribed' }),
    onOutOfDate: () => void heard.push({ what: 'out-of-date' }),
    onChange: (change: object) => void heard.push({ what: 'change', ...change }),
    onError: ({ subscriptionClosed: closed }: { subscriptionClosed: boolean }) =>
      void heard.push({ what: 'error', closed }),
  }
  const pathways = application(object('PatientPathway'))
  const subscription = pathways.where({ pathwayStatus: { $eq: 'Watched' } }).subscribe(listener)
  // Else the client would connect again and again.
  using _ = { [Symbol.dispose]: () => void subscription.unsubscribe() }
  const next = async (n: number) => {
    await until(() => heard.length >= n)
    return heard[n - 1]!
  }
  assert.deepEqual(await next(1), { what: 'subscribed' })

  const { pathwayId } = world.rows().PatientPathway[2]!
  const set = async (pathwayStatus: string) => {
    await using session = await world.session(validator, validation)
    await session.edit({
      about: { action: 'put-right', version: 1 },
      reads: { it: { object: 'PatientPathway', level, keys: [pathwayId!], columns: ['pathwayStatus'] } },
      writes: [{ object: 'PatientPathway', kind: 'modify', level, properties: ['pathwayStatus'], writeOnly: [] }],
      plan: () => ({ edits: [{ kind: 'modify', read: 'it', key: pathwayId!, set: { pathwayStatus } }] }),
      terms: { owner: 'patient administration system', pendingMs: 3_600_000, counted: true, undo: true },
      reason: null,
    })
  }
  await set('Watched')
  const came = await next(2)
  assert.deepEqual([came.what, came.state], ['change', 'ADDED_OR_UPDATED'])
  const loaded = await pathways.fetchOne(pathwayId!)
  for (const property of ['$apiName', '$primaryKey', '$title', 'pathwayStatus', 'treatmentFunctionCode']) {
    assert.deepEqual(came.object![property], loaded[property], property)
  }
  await set('No more')
  const left = await next(3)
  assert.deepEqual([left.state, left.object!.$primaryKey], ['REMOVED', pathwayId])
  await world.submit('PatientPathway', world.rows().PatientPathway.slice(0, 19), 'alder-vale', 1)
  assert.deepEqual(await next(4), { what: 'out-of-date' })
  await world.revoke(grant)
  assert.deepEqual(await next(5), { what: 'error', closed: true })
})
