/**
 * Synthetic: a whole health economy of people who do not exist, for the demo, the tests and the benchmarks. Two trusts'
 * nightly files with the mistakes of real ones; a hospital's system that tells of its days by files, messages, FHIR and a database; rows of every type of the data model, made from its contracts; a published
 * waiting-list return expanded into the pathways behind it; files of the shape of a published column profile.
 *
 * Promises: the same seed gives the same bytes; every NHS number begins with 9 and passes Modulus 11 unless it is wrong
 * on purpose; what it makes goes in by the same flows, and what it grants by the same events, as anything else.
 * Never: holds a row of a real person, or is imported by anything but the command line, tests and benchmarks.
 */

export {
  type AllTypesInput,
  allTypeRows,
  filledTypes,
  type TypeRows,
  typeFile,
} from './all-types/all-type-rows.ts'
export { application, applicationEntries } from './all-types/application-entries.ts'
export { csvSource } from './csv.ts'
export { economyPlan } from './economy.ts'
export { type England, type EnglandInput, expandEngland } from './england.ts'
export { declareHospital } from './epr/declare.ts'
export { type HospitalFhir, serveFhir } from './epr/fhir-server.ts'
export { type Hospital, hospitalOf, hospitals } from './epr/hospital.ts'
export { hospitalDay } from './epr/hospital-day.ts'
export { hospitalEntries, hospitalPeople, hospitalTypes } from './epr/hospital-entries.ts'
export { freePort, openPostgres, type PostgresProcess, postgresFolder } from './epr/postgres-process.ts'
export { type HospitalOutlets, tellUpTo } from './epr/run-hospital.ts'
export { databaseSchema } from './epr/tell-database.ts'
export { resourcesAt } from './epr/tell-fhir.ts'
export { syntheticErrors } from './errors.ts'
export { testNhsNumber } from './people.ts'
export type { GrantPlan, PersonPlan, TenantPlan } from './plan.ts'
export { codes } from './plan-parts.ts'
export { type Sample, sampleFile, sampleRowsMax } from './sample-file.ts'
export { seedTenant } from './seed.ts'
export { seedEntries } from './seed-entries.ts'
export { type TrustFile, type TrustFilesInput, trustFiles } from './trust-files.ts'
export { type WaitingListInput, waitingList } from './waiting-list.ts'
