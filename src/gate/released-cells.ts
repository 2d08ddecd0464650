import type { Batch, Column } from '#ports'
import type { MeasureKind } from '#privacy'
import type { ReleaseRequest } from './session.ts'

export interface Cells {
  readonly cells: { readonly key: Record<string, string | null>; readonly measures: Record<string, number | null> }[]
  readonly measures: Readonly<Record<string, MeasureKind>>
}

/** Takes a result apart into cells; a column that is neither key nor declared measure is a bug in what was compiled. */
export async function releasedCells(
  columns: readonly Column[],
  batches: AsyncIterable<Batch>,
  request: Pick<ReleaseRequest, 'keys' | 'measures'>,
): Promise<Cells> {
  const undeclared = columns.find(({ name }) => !request.keys.includes(name) && !(name in request.measures))
  if (undeclared) throw new Error(`the result column ${undeclared.name} is neither a key nor a declared measure`)
  const cells: Cells['cells'] = []
  for await (const batch of batches) {
    for (let row = 0; row < batch.rowCount; row++) {
      const key: Record<string, string | null> = {}
      const measures: Record<string, number | null> = {}
      columns.forEach(({ name }, at) => {
        const value = batch.columns[at]?.[row] ?? null
        if (request.keys.includes(name)) key[name] = value === null ? null : String(value)
        else measures[name] = value === null ? null : Number(value)
      })
      cells.push({ key, measures })
    }
  }
  return { cells, measures: request.measures }
}
