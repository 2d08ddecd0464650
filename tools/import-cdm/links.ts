import type { Link } from '#contracts'
import type { ImportedType } from './contract.ts'
import type { ApiType } from './open-api.ts'

type Join = NonNullable<Link['join']>

/**
 * Links that more than one pair of properties could make, or none by its name: the property on the side that holds the
 * reference, `Type.property`. Null: the published files do not say how the two are joined.
 */
const joinsByHand: Readonly<Record<string, string | null>> = {
  'BookingRequest.careProfessional': 'BookingRequest.consultantId',
  'BookingRequest.careProfessionalPrimaryConsultant': 'BookingRequest.theatreSessionPrimaryConsultantId',
  'CareProfessional.bookingRequest': 'BookingRequest.consultantId',
  'CareProfessional.bookingRequestPrimaryConsultant': 'BookingRequest.theatreSessionPrimaryConsultantId',
  'CareProfessional.clinicSession': 'ClinicSession.careProfessionalId',
  'CareProfessional.procedures': null,
  'CareProfessional.proceduresAsPrimary': 'Procedure.primaryConsultantId',
  'CareProfessional.theatreSessionAllAnaesthetists': 'TheatreSession.anaesthetistIds',
  'CareProfessional.theatreSessionAnaesthetist': 'TheatreSession.primaryAnaesthetistId',
  'CareProfessional.theatreSessionsAllConsultants': 'TheatreSession.consultantIds',
  'CareProfessional.theatreSessionsConsultant': 'TheatreSession.primaryConsultantId',
  'CareProfessional.userPreference': 'UserPreference.defaultConsultants',
  'CareProfessional.validatedChangelog': 'ValidatedChangelog.careProfessionalId',
  'CdmModulePermissioning.logLogEditCdmModulePermissioning': 'LogEditCdmModulePermissioning.cdmModulePermissioning',
  'CdmObjectPermissioning.logLogUpdateOptionalGroupIdsForObjectPermissioning':
    'LogUpdateOptionalGroupIdsForObjectPermissioning.cdmObjectPermissioning',
  'ChangeLogRequest.validatedChangelogs': 'ValidatedChangelog.changeLogId',
  'ClinicSession.careProfessional': 'ClinicSession.careProfessionalId',
  'Encounter.validatedChangelog': 'ValidatedChangelog.encounterId',
  'LogEditCdmModulePermissioning.editedCdmModulePermissioning': 'LogEditCdmModulePermissioning.cdmModulePermissioning',
  'LogUpdateOptionalGroupIdsForObjectPermissioning.editedCdmObjectPermissioning':
    'LogUpdateOptionalGroupIdsForObjectPermissioning.cdmObjectPermissioning',
  'PatientPathway.referral': 'Referral.pathwayId',
  'Procedure.careProfessionalPrimary': 'Procedure.primaryConsultantId',
  'Procedure.careProfessionals': null,
  'Referral.patientPathway': 'Referral.pathwayId',
  'Specialty.userPreference': 'UserPreference.defaultSpecialties',
  'TheatreSession.careProfessionalAllAnaesthetists': 'TheatreSession.anaesthetistIds',
  'TheatreSession.careProfessionalAnaesthetist': 'TheatreSession.primaryAnaesthetistId',
  'TheatreSession.careProfessionalConsultant': 'TheatreSession.primaryConsultantId',
  'TheatreSession.careProfessionalsAllConsultants': 'TheatreSession.consultantIds',
  'UserPreference.careProfessional': 'UserPreference.defaultConsultants',
  'UserPreference.specialty': 'UserPreference.defaultSpecialties',
  'ValidatedChangelog.careProfessional': 'ValidatedChangelog.careProfessionalId',
  'ValidatedChangelog.changeLogRequest': 'ValidatedChangelog.changeLogId',
  'ValidatedChangelog.encounter': 'ValidatedChangelog.encounterId',
}

/**
 * Every published link answers with a list; whether it leads to one record or many, and by which properties, follows
 * from the references.
 */
export function resolveLinks(types: readonly ImportedType[], links: ApiType['links'], from: ImportedType): Link[] {
  return links.map((link): Link => {
    const to = types.find((type) => type.name === link.object)
    if (!to) throw new Error(`a link to a type that does not exist: ${from.name}.${link.name}`)
    const byHand = joinsByHand[`${from.name}.${link.name}`]
    const join = byHand === undefined ? onlyJoin(from, to, link.name) : byHand && statedJoin(from, to, byHand)
    const isList = join && from.properties.find((property) => property.name === join.from)?.type === 'texts'
    const one = join && join.to === to.primaryKey && !isList
    return { name: link.name, object: link.object, cardinality: one ? 'one' : 'many', join: join || null }
  })
}

function statedJoin(from: ImportedType, to: ImportedType, holder: string): Join {
  const [object, property] = holder.split('.') as [string, string]
  return object === from.name ? { from: property, to: to.primaryKey } : { from: from.primaryKey, to: property }
}

function onlyJoin(from: ImportedType, to: ImportedType, name: string): Join | null {
  const joins = [
    ...referencesTo(from, to).map((property) => ({ from: property, to: to.primaryKey })),
    ...referencesTo(to, from).map((property) => ({ from: from.primaryKey, to: property })),
  ]
  if (joins.length > 1) throw new Error(`a link that several properties could make: ${from.name}.${name}`)
  return joins[0] ?? null
}

function referencesTo(holder: ImportedType, target: ImportedType): string[] {
  return holder.properties.filter(({ references }) => references?.object === target.name).map(({ name }) => name)
}
