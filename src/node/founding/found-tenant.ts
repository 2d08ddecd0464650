import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { type Duty, type EventBody, emptyState, type Input, sign } from '#governance'
import { canonicalJson, type JsonObject, type OdsCode, type SubjectId, type TenantId } from '#kernel'
import type { Adapters } from '../adapters.ts'
import { nodeErrors } from '../errors.ts'
import type { FdpNode } from '../node.ts'
import { type TenantKind, tenantFolders } from '../profile.ts'
import { signAndAppend } from '../signing.ts'
import { createTenant } from '../tenant.ts'

const opened = 'governance.tenant-opened'

export interface FirstOfficer {
  readonly id: SubjectId
  readonly name: string
  readonly role: string
  readonly duties: readonly Duty[]
}

/** A tenant of real people as it begins, and by whose word. */
export interface Founding {
  readonly id: TenantId
  readonly name: string
  readonly kind: TenantKind
  readonly controller: OdsCode
  readonly officers: readonly FirstOfficer[]
  readonly by: SubjectId
  /** The name that the founder gave, and the account of the machine they used: nobody proved either. */
  readonly founder: { readonly name: string; readonly account: string }
}

/**
 * Whether its folder is there already. Throws what stands in the way of founding it, before anything is made:
 * FDP_NODE_OTHER_HOME, FDP_NODE_TENANT_EXISTS for a folder that belongs to another organisation, and what signing its first
 * entry throws.
 */
export async function checkFounding(home: string, founding: Founding, { clock }: Adapters): Promise<boolean> {
  sign(emptyState(founding.id), opened, inputOf(founding), clock.now())
  const tenants = await tenantFolders(home)
  if (tenants.some(({ profile }) => profile.synthetic)) throw nodeErrors('FDP_NODE_OTHER_HOME')
  const there = tenants.find(({ profile }) => profile.id === founding.id)?.profile
  if (there === undefined) return false
  const { name, kind, controller, id } = founding
  if (there.controller !== controller || there.name !== name || there.kind !== kind)
    throw nodeErrors('FDP_NODE_TENANT_EXISTS', { tenant: id })
  return true
}

/** Folder, keys and profile, unless they are there. Before the node is opened. */
export async function makeTenantFolder(home: string, { id, name, kind, controller }: Founding, adapters: Adapters) {
  await mkdir(join(home, 'tenants'), { recursive: true, mode: 0o700 })
  const about = { id, name, kind, controller, synthetic: false }
  await createTenant(join(home, 'tenants', id), about, adapters)
}

/**
 * Writes the first entry of governance: the controller, its first officers, and by whose word. Index of that entry, or null
 * where the ledger holds this very founding already. FDP_NODE_TENANT_EXISTS where it holds another.
 */
export async function foundTenant(node: FdpNode, founding: Founding): Promise<number | null> {
  const tenant = node.tenant(founding.id)
  const { by, ...body } = inputOf(founding)
  if (tenant.governance.state().controller === null) return (await signAndAppend(tenant, opened, body, by)).index
  for await (const { type, governance } of tenant.ledger.entries()) {
    if (type !== opened) continue
    const said = governance as unknown as EventBody<typeof opened>
    if (said.by === by && same(said.controller, body.controller) && same(said.officers, body.officers)) return null
    break
  }
  throw nodeErrors('FDP_NODE_TENANT_EXISTS', { tenant: founding.id })
}

function inputOf({ id, name, controller, officers, by, founder }: Founding): Input<typeof opened> {
  return {
    ...{ by, tenant: id, controller: { id: controller, name }, founding: founder },
    officers: officers.map((officer) => ({ ...officer, duties: [...officer.duties] })),
  }
}

const same = (a: unknown, b: unknown) => canonicalJson(a as JsonObject) === canonicalJson(b as JsonObject)
