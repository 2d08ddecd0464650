import { fold, type ObjectType, objectType, type Property } from '#contracts'
import { ident, type Sql, sql } from '#kernel'
import type { Engine, TabularReader } from '#ports'

/** Patterns of days as other systems write them; each is tried on what the cells hold. */
const datePatterns = ['%Y%m%d', '%d/%m/%Y', '%d-%m-%Y', '%Y_%m', '%B %Y', '%B-%Y'] as const
const marks = ['NA', 'N/A', '*', '-', '..', 'null', 'NULL'] as const

/**
 * The draft of a mapping from the names of columns and the shape of what is in them, as YAML. No value of a row is in
 * it. Throws FDP_CONTRACTS_UNKNOWN_TYPE, and what the reader throws.
 */
export async function suggestMapping(
  object: string,
  input: { engine: Engine; reader: TabularReader; bytes: () => AsyncIterable<Uint8Array> },
): Promise<string> {
  const type = objectType(object)
  const { engine, reader, bytes } = input
  const dialect = { encoding: null, delimiter: null }
  const layout = { header: 'first' } as const
  const { header } = await reader.read({ bytes, dialect, layout, engine, table: 'made_up' })
  const lines: string[] = []
  const used = new Set<string>()
  for (const property of type.properties) {
    const column = columnFor(property, header)
    if (column !== undefined) {
      used.add(column)
      lines.push(`  ${property.name}: { from: ${quoted(column)}${await readingOf(engine, property, column)} }`)
    } else if (isNeeded(type, property)) lines.push(`  ${property.name}: TODO`)
  }
  const unused = header.filter((name) => !used.has(name)).map(quoted)
  return [
    ...['format: openfdp/mapping', 'version: 1', 'id: todo', 'title: TODO', `object: ${type.name}`, 'properties:'],
    ...lines,
    ...(unused.length > 0 ? [`unused: [${unused.join(', ')}]`] : []),
    '',
  ].join('\n')
}

/** The same name, however it is written; else the only one in which it is, or that is in it. */
function columnFor({ name, column }: Property, header: readonly string[]): string | undefined {
  const same = header.find((each) => [fold(name), fold(column)].includes(fold(each)))
  if (same !== undefined) return same
  const near = header.filter(
    (each) => fold(each).length > 3 && (fold(each).endsWith(fold(name)) || fold(name).endsWith(fold(each))),
  )
  return near.length === 1 ? near[0] : undefined
}

function isNeeded(type: ObjectType, property: Property): boolean {
  return property.name === type.primaryKey || !property.nullable
}

async function readingOf(engine: Engine, property: Property, column: string): Promise<string> {
  const count = async (where: Sql) => {
    const [row] = await engine.rows(
      sql`SELECT count(*) AS n FROM made_up WHERE ${ident(column)} IS NOT NULL AND ${where}`,
    )
    return Number(row?.n)
  }
  const parts: string[] = []
  const found: string[] = []
  for (const mark of marks) if ((await count(sql`${ident(column)} = ${mark}`)) > 0) found.push(mark)
  if (found.length > 0) parts.push(`blank: [${found.map(quoted).join(', ')}]`)
  if (property.type === 'date' || property.type === 'timestamp') {
    const all = await count(sql`true`)
    for (const pattern of datePatterns) {
      if (all === 0 || (await count(sql`try_strptime(${ident(column)}, ${pattern}) IS NOT NULL`)) < all / 2) continue
      parts.push(`date: ${quoted(pattern)}`)
      break
    }
  }
  if (property.values)
    parts.push(`translate: { ${property.values.map((each) => `${quoted(each)}: ${quoted(each)}`).join(', ')} }`)
  return parts.map((part) => `, ${part}`).join('')
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`
}
