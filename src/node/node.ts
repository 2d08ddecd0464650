import { existsSync } from 'node:fs'
import { mkdir, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { recordPolicies } from '#audit'
import { eraseApproved, type Mapping, resume, sweep } from '#flows'
import { openPolicyEngine, type PolicyFiles, shippedPolicyFiles } from '#governance'
import { isFdpError } from '#kernel'
import type { Adapters } from './adapters.ts'
import { type Config, readConfig } from './config.ts'
import { nodeErrors } from './errors.ts'
import { openTenant, type Tenant, type TenantContext } from './tenant.ts'
import { checkAgainstWitnesses, witnessAll, witnessKeys } from './witnessing.ts'

/** One process with the tenants of one home folder. They share code and nothing else. */
export interface FdpNode extends AsyncDisposable {
  readonly home: string
  readonly config: Config
  readonly adapters: Adapters
  readonly tenants: ReadonlyMap<string, Tenant>
  /** FDP_NODE_NO_TENANT names the ones there are. */
  tenant(id: string): Tenant
  /** Every tenant cosigns the checkpoints of the others, so that none can show two histories unseen. */
  witness(): Promise<void>
  close(): Promise<void>
}

/** Opens every tenant in the home folder, finishes what a crash interrupted, and asks the witnesses what they have seen. */
export async function openNode(home: string, adapters: Adapters, mappings: readonly Mapping[]): Promise<FdpNode> {
  const config = readConfig(home)
  const root = join(home, 'tenants')
  await mkdir(root, { recursive: true, mode: 0o700 })
  const files = shippedPolicyFiles()
  const policies = await openPolicyEngine(files)
  const tenants = new Map<string, Tenant>()
  const folders = (await readdir(root)).filter((name) => existsSync(join(root, name, 'tenant.json'))).sort()
  const witnesses = await witnessKeys(root, adapters)
  const shared: TenantContext = { adapters, config, policies, mappings, witnesses }
  try {
    for (const name of folders) tenants.set(name, await openTenant(join(root, name), shared))
    for (const tenant of tenants.values()) await takeUp(tenant, tenants, files)
  } catch (error) {
    // Whoever tries again must not find its own locks.
    for (const tenant of tenants.values()) await tenant.close()
    throw error
  }

  const node: FdpNode = {
    ...{ home, config, adapters, tenants },
    tenant(id) {
      const tenant = tenants.get(id)
      if (tenant) return tenant
      if (tenants.size === 0) throw nodeErrors('FDP_NODE_NO_HOME', { home })
      throw nodeErrors('FDP_NODE_NO_TENANT', { tenant: id, known: [...tenants.keys()].join(', ') })
    },
    witness: () => witnessAll(tenants),
    async close() {
      // What was read since the last look must not be lost by putting the folder back. A conflict shows at the next start.
      await witnessAll(tenants).catch((error) => {
        if (!isFdpError(error)) throw error
      })
      for (const tenant of tenants.values()) await tenant.close()
    },
    [Symbol.asyncDispose]: () => node.close(),
  }
  return node
}

/** Nothing is written to a tenant whose ledger the witnesses do not recognise: it would only grow apart from theirs. */
async function takeUp(tenant: Tenant, tenants: ReadonlyMap<string, Tenant>, files: PolicyFiles): Promise<void> {
  await checkAgainstWitnesses(tenant, tenants)
  if (tenant.standstill() !== null) return
  await recordPolicies(tenant.ledger, files, tenant.governance.policies)
  try {
    await resume(tenant.flows)
  } catch (error) {
    // One submission that this release cannot finish must not keep everybody else from their work.
    if (!isFdpError(error)) throw error
    tenant.setUnfinished(error)
    return
  }
  await sweep(tenant.flows)
  await eraseApproved(tenant.flows)
  await tenant.gate.reconcileEdits()
}
