/** The label of data from GP record systems; it stays with everything made from them (law 8). */
export const gpRecordLabel = 'gp-record-system'

interface Origin {
  readonly means: string
  /**
   * Whether law 8 counts it as GP record data; `except`: it does, but for these object types. Data of a practice that
   * fit no exception are GP record data, whatever they are called.
   */
  readonly gpRecordData: boolean | { readonly except: readonly string[] }
}

/** Where a submission says its rows come from; every origin there is. */
export const origins = {
  hospital: { means: 'records of a hospital', gpRecordData: false },
  community: { means: 'records of a community or mental health service', gpRecordData: false },
  ambulance: { means: 'records of an ambulance service', gpRecordData: false },
  'social-care': { means: 'records of a council’s social care', gpRecordData: false },
  reference: { means: 'lists of organisations, codes and the like', gpRecordData: false },
  'national-return': { means: 'figures that organisations report', gpRecordData: false },
  'opt-out-list': {
    means: 'lists of opt-outs and objections',
    gpRecordData: { except: ['NationalDataOptOut', 'Type1OptOut', 'Objection'] },
  },
  'gp-record-system': { means: 'records of a general practice', gpRecordData: true },
  'practice-aggregate': {
    means: 'figures that a general practice reports, with no row about a patient',
    gpRecordData: { except: ['RttReturn', 'Organisation'] },
  },
  registration: {
    means: 'who is registered with a practice, and where they live',
    gpRecordData: { except: ['Patient', 'PatientAddressHistory'] },
  },
  'vaccination-event': { means: 'vaccinations that a practice gave', gpRecordData: { except: ['Vaccination'] } },
} as const satisfies Readonly<Record<string, Origin>>

export type OriginName = keyof typeof origins
export const originNames = Object.keys(origins) as readonly OriginName[]

/** What a general practice may send that is not GP record data. */
const practiceOrigins: readonly OriginName[] = [
  'practice-aggregate',
  'registration',
  'vaccination-event',
  'opt-out-list',
]

/**
 * Whether rows of an object type are data from a GP record system. `origin` is what the sender declared, null for
 * nothing; whatever a practice sends counts unless it fits one of the exceptions.
 */
export function isGpRecordData(of: { origin: OriginName | null; object: string; fromPractice: boolean }): boolean {
  const { origin, object, fromPractice } = of
  if (fromPractice && (origin === null || !practiceOrigins.includes(origin))) return true
  if (origin === null) return false
  const { gpRecordData }: Origin = origins[origin]
  return typeof gpRecordData === 'boolean' ? gpRecordData : !gpRecordData.except.includes(object)
}
