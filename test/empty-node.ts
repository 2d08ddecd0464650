import { mkdir, mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createTenant, openNode } from '#node'
import type { TenantPlan } from '#synthetic'
import { adapters } from '../src/adapters.ts'
import { World } from './world.ts'

/** A node of one tenant, with the people and grants of a plan and no data: where somebody moves in. */
export async function openEmptyNode(plan: TenantPlan): Promise<World> {
  const home = await mkdtemp(join(tmpdir(), 'openfdp-world-'))
  await mkdir(join(home, 'tenants'), { recursive: true, mode: 0o700 })
  await writeFile(join(home, 'fdp.yaml'), 'http: { port: 0 }\nengine: { memoryLimitMb: 512, threads: 1 }\n')
  await createTenant(join(home, 'tenants', plan.id), { ...plan, synthetic: true }, adapters)
  const node = await openNode(home, adapters, [])
  const world = new World(node, [plan], 0, false)
  await world.fill(true)
  return world
}
