import { existsSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import {
  type FormatSpec,
  isFdpError,
  type JsonObject,
  type OdsCode,
  parseOdsCode,
  parseTenantId,
  readFormat,
  type TenantId,
} from '#kernel'
import { nodeErrors } from './errors.ts'

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

/** FDP_NODE_PROFILE where the file is absent or is no profile. */
export async function readProfile(folder: string): Promise<TenantProfile> {
  try {
    return readFormat(profileFormat, JSON.parse(await readFile(join(folder, 'tenant.json'), 'utf8')))
  } catch (error) {
    if (isFdpError(error)) throw error
    throw nodeErrors('FDP_NODE_PROFILE', { folder: basename(folder) })
  }
}

/** Folder and profile of every tenant of a home, without opening one. */
export async function tenantFolders(
  home: string,
): Promise<readonly { readonly folder: string; readonly profile: TenantProfile }[]> {
  const root = join(home, 'tenants')
  const names = await readdir(root).catch((): string[] => [])
  const folders = names.sort().map((name) => join(root, name))
  const made = folders.filter((folder) => existsSync(join(folder, 'tenant.json')))
  return await Promise.all(made.map(async (folder) => ({ folder, profile: await readProfile(folder) })))
}
