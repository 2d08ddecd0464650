import type {
  Action,
  CommonLawBasis,
  DpiaBounds,
  DpiaClaim,
  Duty,
  Grade,
  Level,
  PersonKind,
  PurposeClass,
  Sector,
  TeamRole,
} from '#governance'
import type { OdsCode, TenantId } from '#kernel'

/*
 * What set-up writes into a ledger, as data. Lengths are in days from then: the seed makes moments of them.
 */

export interface PersonPlan {
  readonly id: string
  readonly name: string
  readonly role: string
  readonly kind?: PersonKind
  readonly employer?: string
  readonly duties?: readonly Duty[]
  readonly grade?: Grade
  readonly manager?: string
  readonly trainingDays?: number
  readonly clearance?: { readonly days: number; readonly reference: string }
}

export interface PurposePlan {
  readonly id: string
  readonly name: string
  readonly class: PurposeClass
  readonly article6: string
  readonly article9: string
  readonly commonLaw: CommonLawBasis
  readonly justification: 'never' | 'once-a-session' | 'each-read'
  readonly product?: string
  readonly instruments?: readonly string[]
}

interface GrantTerms {
  readonly id: string
  readonly action: Action
  readonly object: string
  readonly columns?: readonly string[]
  readonly level: Level
  readonly rows?: readonly { readonly property: string; readonly in: readonly string[] }[]
  readonly purpose: string
  readonly days: number
  readonly disclosurePolicy?: string
  readonly contract?: { readonly id: string; readonly instruction: string }
  /** Version 1 of the agreement of that id. */
  readonly agreement?: string
}

export interface GrantPlan extends GrantTerms {
  readonly subject: string
}

export interface RoleGrantPlan extends GrantTerms {
  readonly team: TeamRole
}

export interface TeamPlan {
  readonly id: string
  readonly name: string
  readonly members: readonly { readonly person: string; readonly role: string }[]
}

/** Every contract of a plan is foreseen in its DPIA. */
export interface ContractPlan {
  readonly id: string
  readonly title: string
  readonly supplier: string
  readonly subProcessors: readonly string[]
  readonly instructions: readonly { readonly id: string; readonly text: string; readonly purposes: readonly string[] }[]
  readonly storage: string
  readonly valuePounds: number
  readonly days: number
}

export interface AgreementPlan {
  readonly id: string
  readonly title: string
  readonly objects: readonly string[]
  readonly level: Level
  readonly reach: 'local' | 'national'
  readonly gpData: boolean
  readonly days: number
  /** Who signs for each party; the tenant's controller is one of them. */
  readonly signatures: readonly { readonly party: string; readonly by: string }[]
}

export interface RequestPlan {
  readonly id: string
  readonly by: string
  readonly purpose: string
  readonly days: number
  readonly reason: string
  readonly items: readonly { readonly object: string; readonly columns: readonly string[]; readonly level: Level }[]
}

export interface TenantPlan {
  readonly id: TenantId
  readonly name: string
  readonly kind: 'trust' | 'icb' | 'national'
  readonly controller: OdsCode
  readonly organisations: readonly { readonly id: string; readonly name: string; readonly sector: Sector }[]
  /** The first officers; the first of them approves. */
  readonly officers: readonly (PersonPlan & { readonly duties: readonly Duty[] })[]
  readonly people: readonly PersonPlan[]
  readonly teams: readonly TeamPlan[]
  readonly purposes: readonly PurposePlan[]
  readonly contracts: readonly ContractPlan[]
  readonly agreements: readonly AgreementPlan[]
  readonly families: readonly { readonly id: string; readonly title: string; readonly objects: readonly string[] }[]
  /** Products that are switched on besides the tenant. */
  readonly products: readonly string[]
  readonly dpia: {
    readonly id: string
    readonly title: string
    readonly necessity: string
    readonly claims: readonly DpiaClaim[]
    readonly bounds: Omit<DpiaBounds, 'contracts'>
  }
  readonly roleGrants: readonly RoleGrantPlan[]
  readonly grants: readonly GrantPlan[]
  /** Left open, for an officer to answer. */
  readonly requests: readonly RequestPlan[]
}
