import type { ObjectType } from '#contracts'
import { questionOf } from '#ontology'
import { type BearerSite, openBearerSite } from '../../bearer-site.ts'
import { modelTypes, type Who, who } from '../../full-plan.ts'
import { type FullWorld, openFullWorld } from '../../full-world.ts'
import { ask } from '../../world.ts'
import { type Application, openApplication } from './client.ts'
import { Expected } from './typed-rows.ts'

/** One node, its people as applications, and what they must find. */
export interface Suite extends AsyncDisposable {
  readonly world: FullWorld
  readonly site: BearerSite
  readonly expected: Expected
  as(person: Who, headers?: Readonly<Record<string, string>>): Promise<Application>
}

const tenant = 'alder-vale'

export async function openSuite(): Promise<Suite> {
  const world = await openFullWorld()
  const site = await openBearerSite(world.node)
  // Somebody at work all the while, so that what is decrypted is not decrypted anew for every request.
  const held = await world.as('full')
  await ask(held, questionOf({ object: 'Ward', select: ['wardId'], limit: 1 }))
  const open = new Map<string, Promise<Application>>()
  return {
    ...{ world, site, expected: new Expected(world) },
    as(person, headers = {}) {
      const { id, purpose } = who[person]
      const key = JSON.stringify([person, headers])
      const application = open.get(key) ?? openApplication(site.url, tenant, () => site.bearer(id, purpose), headers)
      open.set(key, application)
      return application
    },
    async [Symbol.asyncDispose]() {
      await held[Symbol.asyncDispose]()
      await site[Symbol.asyncDispose]()
      await world[Symbol.asyncDispose]()
    },
  }
}

const together = 6

/** Work on every item, a few at a time; what fails is told all together, by name. */
export async function each<T>(
  items: readonly T[],
  named: (item: T) => string,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const failed: string[] = []
  const left = items.entries()
  const worker = async () => {
    for (const [, item] of left) {
      await work(item).catch((error: Error) => failed.push(`${named(item)}: ${error.message}`))
    }
  }
  await Promise.all(Array.from({ length: together }, worker))
  if (failed.length > 0) throw new Error(`${failed.length} of ${items.length} failed\n${failed.toSorted().join('\n')}`)
}

/** All of them in the full run; in the daily one the first of every so many. */
export function inTurn<T>(all: readonly T[], every: number): readonly T[] {
  return all.filter((_, i) => process.env.FDP_TEST_FULL === '1' || i % every === 0)
}

/** A sixth of them in the daily run. */
const typesInTurn = inTurn(modelTypes, 6)

export function eachType(
  work: (type: ObjectType, index: number) => Promise<void>,
  types: readonly ObjectType[] = typesInTurn,
): Promise<void> {
  return each(
    [...types.entries()],
    ([, { apiName }]) => apiName,
    ([index, type]) => work(type, index),
  )
}
