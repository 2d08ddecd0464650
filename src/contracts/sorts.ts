/**
 * By which columns pages of a type are sorted often enough to keep large versions of it sorted so: dates by which
 * worklists are read. Any other order is found by looking at all rows.
 */
const sorts: Readonly<Record<string, readonly string[]>> = {
  RttPeriod: ['clockStartDate'],
  PatientPathway: ['referralReceivedDate'],
  Encounter: ['tciDate', 'surgicalOrderDate'],
  TheatreSession: ['date'],
}

export function sortsOf(object: string): readonly string[] {
  return sorts[object] ?? []
}
