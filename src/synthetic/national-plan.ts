import { parseOdsCode, parseTenantId } from '#kernel'
import type { TenantPlan } from './plan.ts'
import {
  bounds,
  claim,
  codes,
  platformContract,
  product,
  purposes,
  returnsData,
  submits,
  suppliers,
  trainingDays,
  trueCounts,
  trusts,
} from './plan-parts.ts'

/** Two engineers at most, for a fortnight at most, looked at again after a week. */
const elevated = { peopleMax: 2, daysMax: 14, reviewDays: 7 }

export function nationalPlan(): TenantPlan {
  const at = '@national.example'
  const statistician = `nadia.holt${at}`
  const engineer = `june.okafor${at}`
  const objects = ['Patient', 'RttPeriod', ...returnsData]
  return {
    ...{ id: parseTenantId('national'), name: 'National body (synthetic)', kind: 'national' },
    ...{ controller: parseOdsCode(codes.national), organisations: [...trusts, ...suppliers] },
    officers: [
      {
        ...{ id: `miriam.cole${at}`, name: 'Miriam Cole', role: 'Chief statistician' },
        ...{ duties: ['information-asset-owner', 'clinical-safety-officer'], grade: 'director' },
      },
      {
        ...{ id: `anwen.rees${at}`, name: 'Anwen Rees', role: 'Caldicott Guardian' },
        ...{ duties: ['caldicott-guardian'], grade: 'director' },
      },
      {
        ...{ id: `gareth.pryce${at}`, name: 'Gareth Pryce', role: 'Chief operating officer' },
        ...{ duties: ['senior-information-risk-owner'], grade: 'director' },
      },
      {
        ...{ id: `lila.desai${at}`, name: 'Lila Desai', role: 'Data protection officer' },
        duties: ['data-protection-officer'],
      },
    ],
    people: [
      { id: statistician, name: 'Nadia Holt', role: 'Statistician, waiting times', trainingDays },
      {
        ...{ id: engineer, name: 'June Okafor', role: 'Platform engineer', trainingDays },
        ...{ kind: 'processor-staff', employer: codes.supplier },
        clearance: { days: 365, reference: 'SYN-CLEARANCE-3' },
      },
    ],
    teams: [],
    purposes: [purposes.statistics, purposes.intake],
    contracts: [platformContract],
    agreements: [],
    families: [{ id: 'returns', title: 'The published return and who is in it', objects: returnsData }],
    products: [product],
    dpia: {
      id: 'official-statistics-rtt',
      title: 'Official statistics on referral to treatment waiting times',
      necessity: 'The public is owed figures that do not depend on who is in office.',
      bounds: { ...bounds, elevated },
      claims: [
        claim(['identifiable', 'aggregate'], objects, [purposes.statistics.id]),
        claim(['identifiable'], ['RttReturn'], [purposes.intake.id], {
          ...{ kinds: ['processor-staff'], daysMax: elevated.daysMax, training: true },
          recipients: [parseOdsCode(codes.supplier)],
        }),
      ],
    },
    roleGrants: [],
    grants: [
      ...submits(statistician, purposes.statistics.id, objects),
      ...(['RttReturn', 'RttPeriod'] as const).map((object) => ({
        ...{ id: `statistics-${object.toLowerCase()}`, subject: statistician, action: 'read' as const, object },
        ...{ level: 'aggregate' as const, purpose: purposes.statistics.id, days: 180, disclosurePolicy: trueCounts },
      })),
      {
        // At this level it counts as the elevated role, though the return that is here by day holds no people.
        ...{ id: 'mend-rttreturn', subject: engineer, action: 'read', object: 'RttReturn', level: 'identifiable' },
        ...{ purpose: purposes.intake.id, days: elevated.daysMax },
        contract: { id: platformContract.id, instruction: platformContract.instructions[0].id },
      },
    ],
    requests: [],
  }
}
