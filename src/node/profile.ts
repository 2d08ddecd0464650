import { type FormatSpec, type JsonObject, type OdsCode, parseOdsCode, parseTenantId, type TenantId } from '#kernel'

export type TenantKind = 'trust' | 'icb' | 'national'

/** `tenant.json`: what a tenant is. No secret and no state; who may do what is in the ledger. */
export interface TenantProfile extends JsonObject {
  readonly format: string
  readonly version: number
  readonly id: TenantId
  readonly name: string
  readonly kind: TenantKind
  readonly controller: OdsCode
  /** Data of people who do not exist: test NHS numbers are welcome here and only here. */
  readonly synthetic: boolean
  /** Verifier key of the ledger, public; whoever verifies should also have it from somewhere else. */
  readonly vkey: string
}

export const profileFormat: FormatSpec<TenantProfile> = {
  format: 'openfdp/tenant',
  version: 1,
  migrations: {},
  check: (document) => {
    const { id, name, kind, controller, synthetic, vkey } = document
    if (typeof id !== 'string' || typeof name !== 'string' || typeof controller !== 'string')
      throw new TypeError('tenant.json')
    if (kind !== 'trust' && kind !== 'icb' && kind !== 'national') throw new TypeError('tenant.json: kind')
    if (typeof vkey !== 'string') throw new TypeError('tenant.json: vkey')
    if (typeof synthetic !== 'boolean') throw new TypeError('tenant.json: synthetic')
    parseTenantId(id)
    parseOdsCode(controller)
    return document as TenantProfile
  },
}

/** The log's name in checkpoints. Not a host: no such name is looked up. */
export function ledgerOrigin(tenant: TenantId): string {
  return `openfdp.example/${tenant}`
}
