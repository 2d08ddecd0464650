import type { ObjectType, Property } from '#contracts'
import { targetOf } from './record-map.ts'

/** What is the same in every row. */
export interface DrawnColumn {
  readonly property: Property
  /** The type whose keys it holds. */
  readonly target: string | null
  /** The column whose record's name it repeats, and that record's type. */
  readonly told: { readonly by: string; readonly target: string } | null
  readonly emptyInHundred: number
  /** Counts the columns: in one row of each column's own the value is always there. */
  readonly index: number
}

/** What tells of a record comes after what names it, and what a code means after the code. */
export function columnsOf(type: ObjectType): readonly DrawnColumn[] {
  const columns = type.properties.map((property, index) => ({
    ...{ property, index, target: targetOf(type, property), told: toldBy(type, property) },
    emptyInHundred: emptyInHundred(type, property),
  }))
  const turn = ({ target, property: { name } }: DrawnColumn) => (target !== null ? 0 : name.endsWith('Code') ? 1 : 2)
  return columns.toSorted((a, b) => turn(a) - turn(b))
}

/** Properties that repeat what the record named beside them is called. */
const namesTold: Readonly<Record<string, string>> = {
  ...{ specialtyName: 'specialtyId', siteName: 'siteId', serviceName: 'serviceId', clinicTypeName: 'clinicTypeId' },
  ...{ consultantName: 'consultantId', careProfessionalName: 'careProfessionalId', leadConsultant: 'leadConsultantId' },
  ...{ primaryConsultantName: 'primaryConsultantId', primaryAnaesthetistName: 'primaryAnaesthetistId' },
}

function toldBy(type: ObjectType, { name }: Property): DrawnColumn['told'] {
  const by = type.properties.find((property) => property.name === namesTold[name])
  const target = by && targetOf(type, by)
  return by && target ? { by: by.name, target } : null
}

/** How many in a hundred rows have no value: less than one in ten where records are linked, most where it is retired. */
function emptyInHundred(type: ObjectType, property: Property): number {
  const { name, nullable, lifecycle } = property
  if (!nullable || name === type.primaryKey || isPersonLink(type, property)) return 0
  if (type.name === 'Patient' && ['nhsNumber', 'nhsNumberStatusIndicatorCode', 'dateOfBirth'].includes(name)) return 0
  if (targetOf(type, property) !== null) return 8
  if (lifecycle === 'deprecated') return 75
  return lifecycle === undefined ? [0, 5, 15, 30][name.length % 4]! : 45
}

/** Without it nobody could say whom the row is about. */
function isPersonLink(type: ObjectType, property: Property): boolean {
  if (!type.personLevel || !property.references) return false
  if (property.references.object === 'Patient') return true
  return type.properties.every(({ references }) => references?.object !== 'Patient') && property.role === 'foreign-key'
}
