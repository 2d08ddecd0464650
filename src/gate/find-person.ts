import { bareNhsNumber } from '#contracts'
import type { OdsCode, PurposeId, SubjectId } from '#kernel'
import type { GateDeps } from './deps.ts'

/** Whom to look for: by the id that an organisation gave, or by verified NHS number. */
export type PersonAsked = { readonly controller: OdsCode; readonly patientId: string } | { readonly nhsNumber: string }

/**
 * The key of one person, as decimal text, for our own code that opens a record in an emergency; null where nobody, or
 * more than one, has that number. The look-up is an entry of its own that names nobody, and the vault is leased under it.
 */
export async function findPerson(
  deps: GateDeps,
  by: { readonly subject: SubjectId; readonly purpose: PurposeId },
  asked: PersonAsked,
): Promise<string | null> {
  const standstill = deps.standstill()
  if (standstill) throw standstill
  const vault = deps.governance.catalogue().vaultManifest()
  const { subject, purpose } = by
  const how = 'nhsNumber' in asked ? 'nhs-number' : 'local-id'
  const { index } = await deps.ledger.append({ type: 'person.looked-up', governance: { subject, purpose, how, vault } })
  if (vault === null) return null
  await using lease = await deps.vault.lease(vault, index)
  const [column, value, controller] =
    'nhsNumber' in asked
      ? (['nhs_number', bareNhsNumber(asked.nhsNumber), undefined] as const)
      : (['local_id', asked.patientId.trim(), asked.controller] as const)
  const found = new Set<string>()
  for await (const block of lease.blocks('identity', ['person_key', column], controller)) {
    const [keys, values] = block.columns.map((json) => JSON.parse(json) as (string | null)[])
    for (let at = values!.indexOf(value); at >= 0; at = values!.indexOf(value, at + 1)) found.add(keys![at]!)
  }
  const [only] = found
  return found.size === 1 && only !== undefined ? only : null
}
