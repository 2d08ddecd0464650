import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Type } from '@sinclair/typebox'
import { objectTypes } from '#contracts'
import { asDeclared, readYaml, type Wrong } from '#declared'
import { type RetentionRules, runRetention } from '#flows'
import { isFdpError } from '#kernel'
import { again, type Tended } from './again.ts'
import { nodeErrors } from './errors.ts'
import { faultOf } from './fault.ts'
import type { Log } from './log.ts'
import type { FdpNode } from './node.ts'
import type { Tenant } from './tenant.ts'

/** A page token pins versions for a day. */
const daysMin = 2
const everyMs = 3_600_000
const days = Type.Optional(Type.Union([Type.Integer({ minimum: daysMin, maximum: 36_500 }), Type.Null()]))
const Days = { landedDays: days, quarantineDays: days, versionsDays: days }

/** `retention.yaml` in the folder of a tenant. */
export const RetentionSchema = Type.Object(
  { ...Days, types: Type.Optional(Type.Record(Type.String(), Type.Object(Days, { additionalProperties: false }))) },
  { additionalProperties: false },
)

/** What a tenant declares; null where it declares nothing, and nothing expires. FDP_NODE_RETENTION. */
export function readRetention({ folder }: Pick<Tenant, 'folder'>): RetentionRules | null {
  const file = join(folder, 'retention.yaml')
  if (!existsSync(file)) return null
  const wrong: Wrong = (where) => nodeErrors('FDP_NODE_RETENTION', { where })
  const document = asDeclared(RetentionSchema, readYaml(readFileSync(file, 'utf8'), wrong), wrong)
  const unknown = Object.keys(document.types ?? {}).find((name) => !objectTypes().some((type) => type.name === name))
  if (unknown !== undefined) throw wrong('types', 'not an object type')
  const { landedDays = null, quarantineDays = null, versionsDays = null, types = {} } = document
  return {
    days: { landed: landedDays, quarantine: quarantineDays, versions: versionsDays },
    types: Object.fromEntries(
      Object.entries(types).map(
        ([name, { landedDays: landed, quarantineDays: quarantine, versionsDays: versions }]) => [
          name,
          {
            ...(landed === undefined ? {} : { landed }),
            ...(quarantine === undefined ? {} : { quarantine }),
            ...(versions === undefined ? {} : { versions }),
          },
        ],
      ),
    ),
  }
}

/** Destroys what has outlived its rule, every hour, until it is closed; declarations are read anew each time. */
export function tendRetention(node: FdpNode, log: Pick<Log, 'info' | 'error'>): Tended {
  return again(everyMs, async () => {
    for (const [id, tenant] of node.tenants) await lookAt(id, tenant, log)
  })
}

async function lookAt(id: string, tenant: Tenant, log: Pick<Log, 'info' | 'error'>): Promise<void> {
  try {
    const gone = await runRetention(tenant.flows, readRetention(tenant))
    if (gone.length > 0) log.info({ tenant: id, destroyed: gone.length }, 'retention')
  } catch (error) {
    const what = isFdpError(error) ? { code: error.code } : { fault: faultOf(error) }
    log.error({ tenant: id, ...what }, 'retention could not run')
  }
}
