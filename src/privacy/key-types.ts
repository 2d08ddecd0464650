import { privacyErrors } from './errors.ts'

/**
 * The first byte inside a token: which kind of key it stands for. `person` is the tenant's key of a patient; every
 * other name is an object type of the contracts. Append only: a number is never changed, reused or removed, because
 * stored tokens would then open as another kind of key. 0 stays unused.
 */
export const keyTypes = {
  person: 1,
  Admission: 2,
  Appointment: 3,
  AssignedCareProfessional: 4,
  Birth: 5,
  BookingRequest: 6,
  CancerPathway: 7,
  CancerTrackingComment: 8,
  CancerTreatment: 9,
  CareProfessional: 10,
  CdmModulePermissioning: 11,
  CdmObjectPermissioning: 12,
  ChangeLogRequest: 13,
  ClinicLetter: 14,
  ClinicSession: 15,
  ClinicSlot: 16,
  ClinicType: 17,
  Comorbidity: 18,
  ConsultantEpisode: 19,
  CriticalCareDailySummary: 20,
  CriticalCarePeriod: 21,
  DatasetRefreshTime: 22,
  DiagnosticsWaitlistEntry: 23,
  EMed3FitNote: 24,
  EalEntry: 25,
  Encounter: 26,
  Endoscopy: 27,
  ErsService: 28,
  Histology: 29,
  HomeLeave: 30,
  Injury: 31,
  InterProviderTransfer: 32,
  Labour: 33,
  LogEditCdmModulePermissioning: 34,
  LogUpdateOptionalGroupIdsForObjectPermissioning: 35,
  MdtMeeting: 36,
  MdtNote: 37,
  MentalHealthActLegalStatus: 38,
  OverseasVisitorChargingCategoryPeriod: 39,
  Patient: 40,
  PatientAddressHistory: 41,
  PatientDiagnosis: 42,
  PatientPathway: 43,
  Pregnancy: 44,
  Procedure: 45,
  ProcedureStatus: 46,
  ProcedureType: 47,
  RadiologyExam: 48,
  Referral: 49,
  ScoredAssessment: 50,
  Site: 51,
  Specialty: 52,
  StaffUnavailability: 53,
  TestResult: 54,
  TheatreBooking: 55,
  TheatreSession: 56,
  TrustSetting: 57,
  UecAttendance: 58,
  UecReferral: 59,
  UserPreference: 60,
  ValidatedChangelog: 61,
  Ward: 62,
  WardStay: 63,
  RttPeriod: 64,
  Organisation: 65,
  RttReturn: 66,
  NationalDataOptOut: 67,
  Type1OptOut: 68,
  Objection: 69,
  CancerPathwayMdtMeeting: 70,
  ClinicTypeErsService: 71,
  ProcedureCareProfessional: 72,
  OfficialFigure: 73,
  AreaDeprivation: 74,
  Vaccination: 75,
} as const satisfies Readonly<Record<string, number>>

export type KeyType = keyof typeof keyTypes

/** The type byte (1–255) of a kind of key; throws FDP_PRIVACY_UNKNOWN_KEY_TYPE. */
export function keyTypeByte(keyType: string): number {
  const byte = Object.hasOwn(keyTypes, keyType) ? keyTypes[keyType as KeyType] : undefined
  if (byte === undefined) throw privacyErrors('FDP_PRIVACY_UNKNOWN_KEY_TYPE', { keyType })
  return byte
}
