import { parseOdsCode, parseTenantId } from '#kernel'
import type { TenantPlan } from './plan.ts'
import {
  bounds,
  claim,
  codes,
  product,
  purposes,
  returnsData,
  smallNumbers,
  submits,
  trainingDays,
  trusts,
} from './plan-parts.ts'

const practices = codes.practices.map((id, i) => ({
  ...{ id, name: `General practice ${i + 1} (synthetic)`, sector: 'general-practice' as const },
}))

export function icbPlan(): TenantPlan {
  const at = '@alderbrook.example'
  const partners = ['isla.grant', 'omar.reid'].map((name) => `${name}${at}`)
  return {
    ...{ id: parseTenantId('alderbrook'), name: 'Alderbrook Integrated Care Board (synthetic)', kind: 'icb' },
    ...{ controller: parseOdsCode(codes.icb), organisations: [...trusts, ...practices] },
    officers: [
      {
        ...{ id: `ruth.adeyemi${at}`, name: 'Ruth Adeyemi', role: 'Chief medical officer' },
        ...{ duties: ['caldicott-guardian', 'clinical-safety-officer'], grade: 'director' },
      },
      {
        ...{ id: `owen.blaise${at}`, name: 'Owen Blaise', role: 'Director of finance' },
        ...{ duties: ['senior-information-risk-owner'], grade: 'director' },
      },
      {
        ...{ id: `tess.moran${at}`, name: 'Tess Moran', role: 'Data protection officer' },
        duties: ['data-protection-officer'],
      },
    ],
    people: [
      { id: `sam.tully${at}`, name: 'Sam Tully', role: 'Commissioning analyst', trainingDays },
      { id: `joan.pike${at}`, name: 'Joan Pike', role: 'Data manager', trainingDays },
      ...partners.map((id, i) => ({
        ...{ id, name: i === 0 ? 'Isla Grant' : 'Omar Reid', role: 'GP partner', kind: 'care-partner' as const },
        employer: codes.practices[i]!,
      })),
    ],
    teams: [],
    purposes: [purposes.planning, purposes.intake],
    contracts: [],
    agreements: [
      {
        ...{ id: 'practices-with-the-board', title: 'Records of general practice, kept in the area' },
        ...{ objects: ['PatientDiagnosis', 'TestResult'], level: 'pseudonymised', days: 365 },
        // Data from GP record systems never reach the national tenant (law 8).
        ...{ reach: 'local', gpData: true },
        signatures: [
          { party: codes.icb, by: `ruth.adeyemi${at}` },
          ...partners.map((by, i) => ({ party: codes.practices[i]!, by })),
        ],
      },
    ],
    families: [{ id: 'returns', title: 'The published return and who is in it', objects: returnsData }],
    products: [product],
    dpia: {
      id: 'elective-planning-alderbrook',
      title: 'Planning elective care in Alderbrook',
      necessity: 'An area plans its care by how long its people wait, in figures.',
      bounds,
      claims: [claim(['aggregate'], returnsData, [purposes.planning.id, purposes.intake.id])],
    },
    roleGrants: [],
    grants: [
      ...submits(`joan.pike${at}`, purposes.intake.id, returnsData),
      {
        ...{ id: 'plan-rtt-figures', subject: `sam.tully${at}`, action: 'read', object: 'RttReturn' },
        ...{ level: 'aggregate', purpose: purposes.planning.id, days: 180, disclosurePolicy: smallNumbers },
      },
    ],
    requests: [],
  }
}
