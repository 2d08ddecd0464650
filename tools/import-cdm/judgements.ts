/**
 * What the published files leave open, decided by hand. Everything here is a judgement of this project; the reference
 * page lists each so that a reader can object.
 */

/** Properties of the interface that are columns of the specification under another name: `Type.property` → column. */
export const renames: Readonly<Record<string, string>> = {
  'Appointment.poaOutcome': 'outcome',
  'CareProfessional.localSubSpecialties': 'specialty_ids',
  'ClinicType.uniqueId': 'clinic_type_id',
  'EalEntry.dateOf18WeekRttBreach': 'rtt_period_18_week_breach_date',
  'EalEntry.dateOf52WeekRttBreach': 'rtt_period_52_week_breach_date',
  'EalEntry.daysTo18WeekRttBreach': 'rtt_period_days_to_18_week_breach',
  'EalEntry.daysTo52WeekRttBreach': 'rtt_period_days_to_52_week_breach',
  'EalEntry.episodeId': 'rtt_episode_id',
  'EalEntry.hasRttPathwayDescription': 'rtt_pathway_status',
  'EalEntry.lessThan10WeeksToRttBreach': 'rtt_period_is_42_week_waiter',
  'EalEntry.lessThan10WeeksToRttBreachString': 'rtt_period_is_42_week_waiter_string',
  'EalEntry.pathwayId': 'rtt_pathway_id',
  'EalEntry.priorityType': 'priority',
  'EalEntry.removalReason': 'removal_reason_code',
  'EalEntry.removalReasonLocal': 'removal_reason',
  'EalEntry.rttTimeBands': 'rtt_period_time_bands',
  'EalEntry.rttWeeksWaiting': 'rtt_period_weeks_waiting',
  'ErsService.uniqueId': 'service_id',
  'PatientDiagnosis.active': 'clinical_status',
  'PatientPathway.referralDate': 'original_referral_created_date',
  'PatientPathway.referralPriority': 'original_referral_priority',
  'PatientPathway.referralReceivedDate': 'original_referral_received_date',
  'PatientPathway.referralSource': 'original_referral_source',
  'PatientPathway.ubrn': 'original_referral_ubrn',
  'Procedure.admissionMethodDescription': 'admission_method',
  'TheatreSession.hasAnnualLeave': 'consultant_unavailable',
  'TheatreSession.hasAnnualLeaveString': 'consultant_unavailability_reason',
  'TheatreSession.type': 'list_type',
}

/** Keys of the four types that the specification does not have, in the interface's spelling. */
export const primaryKeys: Readonly<Record<string, string>> = {
  CdmModulePermissioning: 'moduleName',
  CdmObjectPermissioning: 'objectId',
  LogEditCdmModulePermissioning: 'actionRid',
  LogUpdateOptionalGroupIdsForObjectPermissioning: 'actionRid',
}

/** Types whose rows are not about one patient. All others are person-level; a type that is not listed is, too. */
export const notPersonLevel: ReadonlySet<string> = new Set([
  'CareProfessional',
  'CdmModulePermissioning',
  'CdmObjectPermissioning',
  'ClinicSession',
  'ClinicType',
  'DatasetRefreshTime',
  'ErsService',
  'LogEditCdmModulePermissioning',
  'LogUpdateOptionalGroupIdsForObjectPermissioning',
  'MdtMeeting',
  'ProcedureType',
  'Site',
  'Specialty',
  'StaffUnavailability',
  'TheatreSession',
  'TrustSetting',
  'UserPreference',
  'Ward',
])

/** Types whose own key is the key of a record of another: what came of a request has the request's. */
export const keyOfAnother: Readonly<Record<string, string>> = { ValidatedChangelog: 'ChangeLogRequest' }

/** Names that always hold the key of a record, where the specification does not say so. */
export const foreignKeysByName: Readonly<Record<string, string>> = {
  admissionId: 'Admission',
  allAnaesthetistIds: 'CareProfessional',
  anaesthetistIds: 'CareProfessional',
  antenatalResponsibleGpCareProfessionalId: 'CareProfessional',
  appointmentId: 'Appointment',
  babyPatientId: 'Patient',
  bookingRequestId: 'BookingRequest',
  cancerPathwayId: 'CancerPathway',
  careProfessionalId: 'CareProfessional',
  changeLogId: 'ChangeLogRequest',
  clinicId: 'ClinicSession',
  clinicTypeId: 'ClinicType',
  consultantEpisodeId: 'ConsultantEpisode',
  consultantId: 'CareProfessional',
  consultantIds: 'CareProfessional',
  covidSwabAppointmentId: 'Appointment',
  criticalCarePeriodId: 'CriticalCarePeriod',
  ealEntryId: 'EalEntry',
  ealId: 'EalEntry',
  encounterId: 'Encounter',
  labourId: 'Labour',
  leadConsultantId: 'CareProfessional',
  localSubSpecialties: 'Specialty',
  mdtMeetingId: 'MdtMeeting',
  mrsaSwabAppointmentId: 'Appointment',
  pathwayId: 'PatientPathway',
  patientId: 'Patient',
  patientPathwayId: 'PatientPathway',
  personId: 'Patient',
  poaAppointmentId: 'Appointment',
  pregnancyId: 'Pregnancy',
  primaryAnaesthetistId: 'CareProfessional',
  primaryCareProfessionalId: 'CareProfessional',
  primaryConsultantId: 'CareProfessional',
  primaryProcedureId: 'Procedure',
  procedureId: 'Procedure',
  procedureStatusId: 'ProcedureStatus',
  referralId: 'Referral',
  responsibleAnaesthetistCareProfessionalId: 'CareProfessional',
  rttPathwayId: 'PatientPathway',
  serviceId: 'ErsService',
  serviceIds: 'ErsService',
  siteId: 'Site',
  slotId: 'ClinicSlot',
  slotSpecialtyIds: 'Specialty',
  specialtyId: 'Specialty',
  specialtyIds: 'Specialty',
  theatreBookingId: 'TheatreBooking',
  theatreSessionId: 'TheatreSession',
  theatreSessionPrimaryConsultantId: 'CareProfessional',
  uecAttendanceId: 'UecAttendance',
  unresolvedEncounterId: 'Encounter',
  userId: 'UserPreference',
  wardId: 'Ward',
}

/** Tables that the specification points at and does not describe. The clock of a pathway is our own type. */
export const foreignTables: Readonly<Record<string, string>> = { 'rtt-period': 'RttPeriod' }

/**
 * On person-level types: identifiers of a record in another system. They name the record as surely as its own key, so
 * they are keys: a token below identifiable level.
 */
export const externalIds: ReadonlySet<string> = new Set([
  'admissionExternalId',
  'ambulanceCallId',
  'ambulanceIncidentId',
  'edExtendedCareEpisodeId',
  'episodeId',
  'externalId',
  'hospitalProviderSpellIdentifier',
  'letterRid',
  'mrn',
  'originatingWaitingListAlertUniqueIds',
  'patientExternalId',
  'ppid',
  'referralLetterRid',
  'sourceUniqueId',
  'ubrn',
  'uecAttendanceExternalId',
])
