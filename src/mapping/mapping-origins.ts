import { type ColumnOrigins, joinedOrigin, type Origin, type OriginStep } from '#contracts'
import type { EachRow, Expression, MappingDocument, Reading } from './document.ts'

/** Which columns of the file each property is made of, and how; of a key, those of the properties that it is made of. */
export function mappingOrigins({ properties, each, leaveOut }: MappingDocument): ColumnOrigins {
  const rows: readonly EachRow[] = each.length > 0 ? each : [{ cell: null, properties: new Map() }]
  const names = [...new Set([...properties.keys(), ...rows.flatMap((row) => [...row.properties.keys()])])]
  const waysTo = (name: string): Origin[] =>
    rows.flatMap((row) => {
      const expression = row.properties.get(name) ?? properties.get(name)
      return expression ? [originOf(expression, row, waysTo)] : []
    })
  return {
    properties: Object.fromEntries(names.map((name) => [name, joinedOrigin(waysTo(name))])),
    rows: [...new Set(leaveOut.map(({ column }) => column))],
  }
}

function originOf(expression: Expression, { cell }: EachRow, waysTo: (name: string) => Origin[]): Origin {
  const cells = cell === null ? [] : [cell]
  switch (expression.kind) {
    case 'constant':
      return { from: [], steps: ['constant'] }
    case 'from':
      return { from: [expression.column], steps: stepsOf(expression.reading) }
    case 'join':
      return { from: expression.columns, steps: ['join'] }
    case 'key':
      return { from: joinedOrigin(expression.properties.flatMap(waysTo)).from, steps: ['key'] }
    case 'cell':
      return { from: cells, steps: ['spread', ...stepsOf(expression.reading)] }
    case 'status':
      return { from: cells, steps: ['mark'] }
  }
}

function stepsOf({ blank, date, number, translate }: Reading): OriginStep[] {
  return [
    ...(blank.length > 0 ? (['blank'] as const) : []),
    ...(date ? (['date'] as const) : []),
    ...(number.length > 0 ? (['number'] as const) : []),
    ...(translate ? (['translate'] as const) : []),
  ]
}
