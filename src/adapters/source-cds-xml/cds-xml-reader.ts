import { limits } from '#kernel'
import type { CellRow, ReadCells, TabularReader } from '#ports'
import { cdsErrors } from './errors.ts'
import { messagesOf } from './interchange.ts'

/** The dictionary has some twenty. */
const typesMax = 100
type Open = () => AsyncIterable<Uint8Array>

/**
 * The messages of one CDS type: the one that is named by its code, or the only one there is. `readCells` makes the table.
 * Throws FDP_CDS_*, and what that throws.
 */
export function cdsXmlReader(readCells: ReadCells): TabularReader {
  return {
    hasParts: true,
    async read({ bytes, part, engine, table }) {
      const open = typeof bytes === 'function' ? bytes : await kept(bytes)
      const types = await columnsOf(open)
      const meant = [...types.keys()].filter((type) => part?.(type) ?? true)
      const [type] = meant
      if (type === undefined || meant.length > 1) throw cdsErrors('FDP_CDS_TYPES', { types: types.size })
      const header = [...types.get(type)!]
      return await readCells({ header, rows: rowsOf(open, type, header), engine, table })
    },
  }
}

/** The columns of each CDS type, in the order in which they come. */
async function columnsOf(open: Open): Promise<Map<string, Set<string>>> {
  const types = new Map<string, Set<string>>()
  for await (const messages of messagesOf(open())) {
    for (const { type, values } of messages) {
      if (type === null) continue
      const columns = types.get(type) ?? new Set()
      types.set(type, columns)
      if (types.size > typesMax)
        throw cdsErrors('FDP_CDS_NOT_ONE', { problem: `it has more than ${typesMax} CDS types` })
      for (const path of values.keys()) columns.add(path)
      if (columns.size > limits.submissionColumnsMax)
        throw cdsErrors('FDP_CDS_COLUMNS_TOO_MANY', { max: limits.submissionColumnsMax })
    }
  }
  return types
}

/** A message without a type may be of any: it is set aside whichever is read. */
async function* rowsOf(open: Open, meant: string, header: readonly string[]): AsyncGenerator<readonly CellRow[]> {
  for await (const messages of messagesOf(open())) {
    const rows: CellRow[] = []
    for (const { type, values, fault } of messages) {
      if (type !== null && type !== meant) continue
      rows.push(fault ? { fault, column: null } : { cells: header.map((path) => values.get(path) ?? null) })
    }
    yield rows
  }
}

/** For a source that can be read once only. */
async function kept(bytes: AsyncIterable<Uint8Array>): Promise<Open> {
  const chunks: Uint8Array[] = []
  let length = 0
  for await (const chunk of bytes) {
    length += chunk.length
    if (length > limits.archiveBytesMax) throw cdsErrors('FDP_CDS_TOO_LARGE', { max: limits.archiveBytesMax })
    chunks.push(chunk)
  }
  return async function* () {
    yield* chunks
  }
}
