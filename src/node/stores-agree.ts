import { emptyCatalogue, foldCatalogue } from '#governance'
import type { Ledger } from '#ledger'
import type { Lake, Vault } from '#ports'
import type { BackupVersions } from './backup-document.ts'

interface Stores {
  readonly lake: Lake
  readonly vault: Vault
}

/** The versions of lake and vault that the first `size` entries of a ledger make current. */
export async function versionsAt(ledger: Ledger, size: number): Promise<BackupVersions> {
  let catalogue = emptyCatalogue()
  for await (const entry of ledger.entries(0, size)) catalogue = foldCatalogue(catalogue, entry)
  const objects = [...new Set(catalogue.publications().map((publication) => publication.object))].sort()
  const lake = Object.fromEntries(
    objects.flatMap((object) => {
      const manifest = catalogue.lakeManifest(object)
      return manifest === null ? [] : [[object, manifest]]
    }),
  )
  return { lake, vault: catalogue.vaultManifest() }
}

/** What lake and vault do not hold byte for byte of the versions named; nothing if they agree. */
export async function differing({ lake, vault }: Stores, versions: BackupVersions): Promise<string[]> {
  const wrong: string[] = []
  for (const [object, manifest] of Object.entries(versions.lake)) {
    const paths = await lake.verify(manifest).catch(() => [`the manifest of ${object}`])
    wrong.push(...paths.map((path) => `lake: ${path}`))
  }
  if (versions.vault !== null) {
    const ids = await vault.verify(versions.vault).catch(() => ['the manifest'])
    wrong.push(...ids.map((id) => `vault: ${id}`))
  }
  return wrong
}

/** Whether lake and vault hold, byte for byte, every version that the ledger makes current. Returns what does not. */
export async function storesAgree(tenant: Stores & { readonly ledger: Ledger }): Promise<string[]> {
  return await differing(tenant, await versionsAt(tenant.ledger, tenant.ledger.size))
}
