export const oracleKind = null
