import type { PropertyType } from '#contracts'

/** One column of a table of the output specification, with the facts its notes state. */
export interface SpecColumn {
  readonly column: string
  readonly type: PropertyType
  readonly nullable: boolean
  readonly severity: 'FAIL' | 'WARN' | null
  readonly values: readonly string[] | null
  /** `patient.person_id`, as written. */
  readonly foreignKey: string | null
  readonly lifecycle: 'deprecated' | 'optional-derivable' | 'optional-not-derivable' | null
}

export interface SpecTable {
  readonly title: string
  readonly table: string
  readonly primaryKey: string
  readonly columns: readonly SpecColumn[]
}

const types: Readonly<Record<string, PropertyType>> = {
  string: 'text',
  date: 'date',
  boolean: 'boolean',
  timestamp: 'timestamp',
  int: 'integer',
  bigint: 'long',
  double: 'double',
  array: 'texts',
}
const pageHeader = ['column', 'type', 'notes', 'description']
/** Column names are broken where the printed cell ends; no whole name printed on one line is cut before this. */
const nameCellCharactersMin = 34

/** Takes the printed specification apart. Throws on a table without a name, key or columns. */
export function readSpecification(text: string): SpecTable[] {
  const sections = text.split(/^\[CDM\] (?=[A-Za-z])/m).slice(1)
  return sections.map(readTable)
}

function readTable(section: string): SpecTable {
  const lines = section.split('\n')
  const title = (lines[0] ?? '').trim()
  const table = lineAfter(lines, 'Full table name:')
  const primaryKey = lineAfter(lines, 'Primary Key:')
  const columns = readColumns(withoutPageHeaders(lines))
  const names = new Set(columns.map(({ column }) => column))
  if (names.size !== columns.length) throw new Error(`a column twice in the table ${title}`)
  if (table === '' || primaryKey === '' || columns.length === 0) throw new Error(`cannot read the table ${title}`)
  return { title, table, primaryKey, columns }
}

function lineAfter(lines: readonly string[], label: string): string {
  return (lines[lines.findIndex((line) => line.trim() === label) + 1] ?? '').trim()
}

function withoutPageHeaders(lines: readonly string[]): string[] {
  const start = lines.findIndex((_, i) => isPageHeader(lines, i))
  const kept: string[] = []
  for (let i = start; i < lines.length; i++) {
    if (isPageHeader(lines, i)) i += pageHeader.length - 1
    else kept.push(lines[i] ?? '')
  }
  return kept
}

function isPageHeader(lines: readonly string[], at: number): boolean {
  return pageHeader.every((word, i) => lines[at + i] === word)
}

function readColumns(lines: readonly string[]): SpecColumn[] {
  const starts: { name: string; first: number; type: number }[] = []
  lines.forEach((line, i) => {
    if (!(line in types)) return
    if (!isNamePart(lines[i - 1])) {
      // A column called `date` of type date is printed as one word; so is the word inside a sentence, but after a blank.
      const alone = (line === 'date' || line === 'timestamp') && !isNamePart(lines[i + 1])
      if (alone && !lines[i - 1]?.endsWith(' ')) starts.push({ name: line, first: i, type: i })
      return
    }
    let first = i - 1
    while (first > 0 && isNamePart(lines[first - 1]) && (lines[first - 1] ?? '').length >= nameCellCharactersMin)
      first--
    starts.push({ name: lines.slice(first, i).join(''), first, type: i })
  })
  return starts.map((start, n) => {
    const end = starts[n + 1]?.first ?? lines.length
    return readColumn(start.name, lines[start.type] ?? '', lines.slice(start.type + 1, end))
  })
}

function isNamePart(line: string | undefined): boolean {
  return line !== undefined && /^[a-z0-9_]+$/.test(line) && !(line in types)
}

function readColumn(column: string, type: string, notes: readonly string[]): SpecColumn {
  const text = notes.join('\n')
  const values = /(?:^|\n)Values\**\s*:\s*\[([\s\S]*?)\]/.exec(text)?.[1]
  const severity = /(?:^|\n)Severity\**\s*:\s*(FAIL|WARN)/.exec(text)?.[1]
  const foreignKey = /(?:^|\n)Foreign Key\**\s*:\s*([a-z0-9_.\n-]*\.[a-z0-9_]+)/.exec(text)?.[1]
  return {
    column,
    type: types[type] ?? 'text',
    nullable: !/(?:^|\n)Nullable\**\s*:\s*False/.test(text),
    severity: severity === 'FAIL' || severity === 'WARN' ? severity : null,
    values: values === undefined ? null : readValues(values),
    foreignKey: foreignKey === undefined ? null : foreignKey.replaceAll('\n', '').trim(),
    lifecycle: readLifecycle(text),
  }
}

/** `null` in a value set says that the column may be empty, which `nullable` already holds. */
function readValues(list: string): string[] {
  const joined = list.replaceAll(/(\S-)\n/g, '$1').replaceAll('\n', ' ')
  const values = joined.split(',').map((value) => value.trim())
  return values.filter((value) => value !== 'null' && value !== '')
}

function readLifecycle(text: string): SpecColumn['lifecycle'] {
  if (/(^|\n)DEPRECATED/.test(text)) return 'deprecated'
  if (/(^|\n)\**Optional - not derivable/.test(text)) return 'optional-not-derivable'
  if (/(^|\n)\**Optional - derivable/.test(text)) return 'optional-derivable'
  return null
}
