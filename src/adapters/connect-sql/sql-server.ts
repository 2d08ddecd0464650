export const sqlServerKind = null
