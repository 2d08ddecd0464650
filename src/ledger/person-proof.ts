export type PersonProof = { readonly format: string }
