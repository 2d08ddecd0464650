import type { Tenant } from '#node'
import type { Scene } from '../scene.ts'

/** The tenant that `--tenant` names, or all of the home folder. */
export async function tenantsOf({ host }: Scene, options: Record<string, unknown>): Promise<readonly Tenant[]> {
  const node = await host.node()
  return options.tenant ? [node.tenant(String(options.tenant))] : [...node.tenants.values()]
}
