import type { Catalogue, GovernanceState, PolicyEngine } from '#governance'
import type { Clock, FdpError, Random, SubjectId, TenantId } from '#kernel'
import type { Ledger } from '#ledger'
import type { Keys, Lake, OpenEngine, Vault } from '#ports'
import type { Edits } from './edits.ts'

/** Keys of the persons that members of staff are as patients, as decimal text. */
export type StaffPersons = ReadonlyMap<SubjectId, readonly string[]>

/** Governance as it stands after the last durable entry; asked afresh at every decision. */
export interface GovernanceView {
  state(): GovernanceState
  catalogue(): Catalogue
  readonly policies: PolicyEngine
}

export interface GateDeps {
  readonly tenant: TenantId
  readonly ledger: Ledger
  readonly lake: Lake
  readonly vault: Vault
  readonly keys: Keys
  readonly clock: Clock
  readonly random: Random
  readonly governance: GovernanceView
  readonly openEngine: OpenEngine
  /** What the whole of this tenant's data is about; only a national tenant's whole is a national figure. */
  readonly covers: 'national' | 'subnational'
  /** For each of the two engines the gate keeps: one over the lake, one that may hold vault data. */
  readonly engine: { readonly memoryLimitMb: number; readonly threads: number; readonly tempDirectory: string }
  /** Where copies of large files in the order of pages are kept, and from how many rows on; none, unless set. */
  readonly sortedCopies?: { readonly folder: string; readonly rowsMin: number; readonly partRowsMax?: number }
  /** Whether the controller removes people who opted out from more uses than the rule asks for; no, unless set. */
  readonly stricterOptOuts?: () => boolean
  /** Which of the staff are patients here: person keys as decimal text. */
  readonly staffPersons?: () => Promise<StaffPersons>
  /** What actions edited, as the ledger of this tenant tells it; where it is missing nobody can edit. */
  readonly edits?: Edits
  /** Why this node refuses every read now (restored and not yet recovered, say), or null. */
  readonly standstill: () => FdpError | null
}
