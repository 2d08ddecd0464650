import type { Answer, Connection, Question } from '#ports'
import { answerBytes, placesIn } from './answer.ts'
import { sqlErrors } from './errors.ts'
import { type Cell, checkColumns, type Database, type Rows } from './rows.ts'
import { type ParameterName, readStatement, type Statement } from './statement.ts'
import { type Known, knownFrom } from './watermark.ts'

/** A database as the port has it. */
export function databaseConnection(database: Database): Connection {
  const open = new Set<Rows>()
  const tracked: Database = {
    ...database,
    async query(text, values) {
      const rows = await database.query(text, values)
      open.add(rows)
      const close = async () => {
        if (open.delete(rows)) await rows.close()
      }
      return { columns: rows.columns, next: () => rows.next(), close }
    },
  }
  return {
    ask: (question) => ask(tracked, question),
    async close() {
      const rows = [...open]
      open.clear()
      await Promise.all(rows.map((each) => each.close()))
    },
  }
}

async function ask(database: Database, question: Question): Promise<Answer> {
  const statement = readStatement(question.text, database.syntax)
  const { increment } = statement
  let known = increment ? await knownFrom(question, increment) : null
  let rows = await database.query(statement.text, valuesOf(statement, question, known))
  try {
    if (known && !isAlike(known, rows)) {
      // Rows of then and now have no common form: everything anew.
      await rows.close()
      known = null
      rows = await database.query(statement.text, valuesOf(statement, question, null))
    }
    checkColumns(rows.columns)
    const places = increment
      ? placesIn(
          rows.columns.map(({ name }) => name),
          increment,
        )
      : null
    const first = await rows.next()
    if (increment && !known && (first?.length ?? 0) === 0) throw sqlErrors('FDP_SQL_NOTHING')
    return { format: 'csv', source: onceOnly(`${question.day}.csv`, answerBytes(rows, first, places, known)) }
  } catch (error) {
    await rows.close()
    throw error
  }
}

function isAlike(known: Known, { columns }: Rows): boolean {
  return known.header.length === columns.length && columns.every(({ name }, i) => name === known.header[i])
}

function valuesOf({ names }: Statement, { day }: Question, known: Known | null) {
  const values: Record<ParameterName, Cell> = { day, since: known?.since ?? null }
  return names.map((name) => ({ name, value: values[name] }))
}

function onceOnly(name: string, bytes: AsyncGenerator<Buffer>): Answer['source'] {
  let isOpened = false
  return {
    name,
    bytes: null,
    open() {
      if (isOpened) throw new Error('an answer of a database is opened a second time')
      isOpened = true
      return bytes
    },
  }
}
