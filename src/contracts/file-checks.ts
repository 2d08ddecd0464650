import type { ObjectType, Property } from './object-type.ts'
import { personProperty } from './parts.ts'
import { fold, nearest } from './suggest.ts'

export type FileRule =
  | 'file.empty'
  | 'file.too-many-rows'
  | 'file.no-header'
  | 'file.missing-column'
  | 'file.other-rows'
  | 'file.unknown-column'
  | 'file.duplicate-column'

/** What is wrong with a file as a whole. FAIL refuses the submission, WARN is listed. */
export interface FileIssue {
  readonly rule: FileRule
  readonly severity: 'FAIL' | 'WARN'
  /** 1-based position in the header, where one column is meant. */
  readonly position: number | null
  /** The contract's name of the column, or the file's where it looks like a name. */
  readonly column: string | null
  readonly suggestion: string | null
}

export interface HeaderMatch {
  /** Properties that the file has, with the file's name for each, in the contract's order. */
  readonly columns: readonly { readonly property: Property; readonly header: string }[]
  readonly issues: readonly FileIssue[]
}

/**
 * Which column of a file is which property. A column may be named as in the output specification (`removal_reason`) or
 * as in the API (`removalReason`); written exactly they win, since the two may mean different properties; otherwise
 * case, blanks, `_` and `-` do not count. Columns that the type does not have are listed and not read.
 */
export function matchHeader(type: ObjectType, header: readonly string[]): HeaderMatch {
  const found = new Map<Property, string>()
  const issues: FileIssue[] = []
  const unknown: { name: string; position: number }[] = []
  header.forEach((name, i) => {
    const property = propertyOfHeader(type, name.trim())
    if (!property) unknown.push({ name, position: i + 1 })
    else if (found.has(property)) issues.push(issue('file.duplicate-column', 'FAIL', property.column, i + 1))
    else found.set(property, name)
  })
  // With no known name the first line is most likely data: nothing of it is said back.
  if (found.size === 0) return { columns: [], issues: [issue('file.no-header', 'FAIL', null, null)] }
  const missing = type.properties.filter((property) => !found.has(property))
  const names = missing.flatMap((property) => [property.column, property.name])
  for (const { name, position } of unknown) {
    issues.push(issue('file.unknown-column', 'WARN', printable(name), position, nearest(name, names)))
  }
  const unknownNames = unknown.map(({ name }) => name).filter((name) => printable(name) !== null)
  for (const property of missing) {
    const severity = severityOfMissing(type, property)
    if (severity)
      issues.push(issue('file.missing-column', severity, property.column, null, nearest(property.column, unknownNames)))
  }
  const columns = type.properties.flatMap((property) => {
    const name = found.get(property)
    return name === undefined ? [] : [{ property, header: name }]
  })
  return { columns, issues }
}

/** An empty file is refused: a submission replaces what was there, and one slip would empty a waiting list. */
export function rowCountIssues(rows: number, rowsMax: number): readonly FileIssue[] {
  if (rows === 0) return [issue('file.empty', 'FAIL', null, null)]
  return rows > rowsMax ? [issue('file.too-many-rows', 'FAIL', null, null)] : []
}

function propertyOfHeader(type: ObjectType, name: string): Property | undefined {
  const exact =
    type.properties.find((property) => property.column === name) ??
    type.properties.find((property) => property.name === name)
  if (exact) return exact
  const wanted = fold(name)
  return (
    type.properties.find((property) => fold(property.column) === wanted) ??
    type.properties.find((property) => fold(property.name) === wanted)
  )
}

/** Without the key, the person or a value that must be there no row can be kept. */
function severityOfMissing(type: ObjectType, property: Property): 'FAIL' | 'WARN' | null {
  if (property.name === type.primaryKey || property.name === personProperty(type)?.name) return 'FAIL'
  if (property.lifecycle !== undefined || property.source === 'interface') return null
  if (!property.nullable) return 'FAIL'
  return property.source === 'own' ? null : 'WARN'
}

function printable(name: string): string | null {
  return /^[A-Za-z][A-Za-z_ -]{0,79}$/.test(name) ? name : null
}

function issue(
  rule: FileRule,
  severity: FileIssue['severity'],
  column: string | null,
  position: number | null,
  suggestion: string | null = null,
): FileIssue {
  return { rule, severity, position, column, suggestion }
}
