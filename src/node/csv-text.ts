/** One row of a delimited text, with the line on which it begins, from 1. */
export interface TextRow {
  readonly line: number
  readonly cells: readonly string[]
}

/**
 * A small list as a person exports it (RFC 4180): commas, quotes, line ends of any kind; blank lines are no rows. null
 * if a quote never ends, or goes on after it ended. For files that are read whole; submissions go through the engine.
 */
export function readCsvText(text: string): readonly TextRow[] | null {
  const rows: TextRow[] = []
  let cells: string[] = []
  let cell = ''
  let line = 1
  let began = 1
  let state: 'plain' | 'quoted' | 'after' = 'plain'
  const endRow = () => {
    cells.push(cell)
    if (cells.length > 1 || cells[0] !== '' || state === 'after') rows.push({ line: began, cells })
    cells = []
    cell = ''
    state = 'plain'
    began = line + 1
  }
  const whole = text.startsWith('\ufeff') ? text.slice(1) : text
  for (let i = 0; i < whole.length; i++) {
    const letter = whole[i]!
    const isEnd = letter === '\n' || (letter === '\r' && whole[i + 1] !== '\n')
    if (state === 'quoted') {
      if (letter === '"' && whole[i + 1] === '"') cell += whole[++i]
      else if (letter === '"') state = 'after'
      else cell += letter
    } else if (isEnd) endRow()
    else if (letter === ',') {
      cells.push(cell)
      cell = ''
      state = 'plain'
    } else if (letter === '\r') continue
    else if (letter === '"' && cell === '' && state === 'plain') state = 'quoted'
    else if (state === 'after') return null
    else cell += letter
    if (isEnd) line++
  }
  if (state === 'quoted') return null
  if (cell !== '' || cells.length > 0 || state === 'after') endRow()
  return rows
}
