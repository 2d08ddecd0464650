/** A string that only its own parser makes. */
export type Branded<T, B extends string> = T & { readonly __brand: B }

/** `rj1`, `national`: lower case, digits and hyphens, at most 40; names a folder. */
export type TenantId = Branded<string, 'TenantId'>
/** A person who acts (staff), never a patient: `amira.khan@rj1.example`. */
export type SubjectId = Branded<string, 'SubjectId'>
/** `direct-care`, `official-statistics`. Never reused. */
export type PurposeId = Branded<string, 'PurposeId'>
/** A random tenant-local 63-bit key of a patient, as decimal text when it leaves the engine. */
export type PersonKey = Branded<bigint, 'PersonKey'>
/** The position of an entry in a tenant's ledger, from 0. Only the ledger makes one. */
export type EntryIndex = Branded<number, 'EntryIndex'>
/** An ODS code of an organisation. Never infer a kind from its letters (DOMAIN section 2). */
export type OdsCode = Branded<string, 'OdsCode'>

const patterns = {
  TenantId: /^[a-z0-9][a-z0-9-]{0,39}$/,
  SubjectId: /^[a-z0-9][a-z0-9._-]*(@[a-z0-9][a-z0-9.-]*)?$/,
  PurposeId: /^[a-z][a-z0-9-]{0,59}$/,
  OdsCode: /^[A-Z0-9]{2,10}$/,
} as const

function parse<B extends keyof typeof patterns>(brand: B, text: string): Branded<string, B> {
  if (!patterns[brand].test(text)) throw new RangeError(`not a ${brand}`)
  return text as Branded<string, B>
}

export const parseTenantId = (text: string): TenantId => parse('TenantId', text)
export const parseSubjectId = (text: string): SubjectId => parse('SubjectId', text)
export const parsePurposeId = (text: string): PurposeId => parse('PurposeId', text)
export const parseOdsCode = (text: string): OdsCode => parse('OdsCode', text)
