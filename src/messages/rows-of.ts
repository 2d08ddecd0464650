import type { Property } from '#contracts'
import {
  type Identifier,
  type Patient,
  patientsOf,
  type SaidValue,
  type Timestamp,
  type Visit,
  type VisitLog,
  visitsOf,
} from '#hl7v2'
import { type MessageDock, namesPatient } from './declaration.ts'
import type { MapColumn, MessageMap } from './message-map.ts'

/** Whatever of a patient or visit a map can name: text that we made, what a message said, or nothing. */
type Named = (path: string) => string | Timestamp | readonly SaidValue[] | null | undefined

/** What messages come to: patients and visits as they are now. */
export interface MessageState {
  readonly patient: readonly Named[]
  readonly visit: readonly Named[]
}

export function stateOf(log: VisitLog, dock: MessageDock): MessageState {
  const names = namesPatient(dock)
  return {
    patient: [...patientsOf(log, names).values()].map(namedPatient),
    visit: [...visitsOf(log).visits.values()].map((visit) => namedVisit(visit, names)),
  }
}

const namedPatient =
  (patient: Patient): Named =>
  (path) => {
    if (path === 'number') return patient.number.value
    if (path === 'nhsNumber') return patient.nhsNumber?.value.replaceAll(' ', '')
    return patient.details.get(path)
  }

const namedVisit =
  (visit: Visit, names: (id: Identifier) => boolean): Named =>
  (path) => {
    switch (path) {
      case 'number':
        return visit.number.value
      case 'patient':
        return visit.patient.find(names)?.value
      case 'status':
        return visit.status
      case 'admitted':
      case 'discharged':
        return visit[path]
      default:
        return visit.details.get(path)
    }
  }

/** The rows of a map, as delimited text with a header. */
export function csvOf(map: MessageMap, state: MessageState): { readonly text: string; readonly rows: number } {
  const rows = state[map.of].filter((named) => isWanted(map, named))
  const lines = rows.map((named) => map.columns.map((each) => quoted(cellOf(each, named))).join(','))
  const header = map.columns.map(({ property }) => property.name).join(',')
  return { text: `${[header, ...lines].join('\r\n')}\r\n`, rows: rows.length }
}

function isWanted({ where }: MessageMap, named: Named): boolean {
  return Object.entries(where).every(([path, values]) => values.includes(textAt(named, path, 'text')))
}

function cellOf({ property, column }: MapColumn, named: Named): string {
  if ('always' in column) return column.always
  const value = textAt(named, column.from, property.type)
  if (column.codes === undefined) return value
  return Object.hasOwn(column.codes, value) ? column.codes[value]! : ''
}

/** The first that the field says; free text only where a map asks for `text`. Empty where there is nothing. */
function textAt(named: Named, path: string, type: Property['type']): string {
  const [segment, field, part] = path.split('.')
  const found = named(field === undefined ? path : `${segment}.${field}`)
  if (typeof found === 'string') return found
  if (found === null || found === undefined) return ''
  const values: readonly SaidValue[] = isTime(found) ? [{ kind: 'time', time: found }] : found
  for (const value of values) {
    const text = textOf(value, part, type)
    if (text) return text
  }
  return ''
}

function isTime(found: Timestamp | readonly SaidValue[]): found is Timestamp {
  return !Array.isArray(found)
}

function textOf(value: SaidValue, part: string | undefined, type: Property['type']): string | null | undefined {
  switch (value.kind) {
    case 'text':
      return part === 'text' ? value.text : ''
    case 'code':
      return part === undefined ? value.code : ''
    case 'number':
      return value.digits
    case 'identifier':
      return value.value
    case 'time':
      return timeText(value.time, type)
    case 'address':
      if (part === 'line1' || part === 'line2') return value.lines[part === 'line1' ? 0 : 1]
      return partOf(value, part)
    default:
      return partOf(value, part)
  }
}

function partOf(value: SaidValue, part: string | undefined): string {
  const found = part === undefined ? '' : Reflect.get(value, part)
  return typeof found === 'string' ? found : ''
}

/** A day as it was written; a moment only where an hour was written: nothing is made more exact than it was said. */
function timeText({ local, precision, instant }: Timestamp, type: Property['type']): string {
  if (type !== 'date') return instant ?? ''
  return precision === 'year' || precision === 'month' ? '' : local.slice(0, 10)
}

function quoted(value: string): string {
  return /[",\r\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value
}
