import type { Command } from 'commander'
import { objectTypes } from '#contracts'
import { limits } from '#kernel'
import { parseWhere, questionOf, summaryOf } from '#ontology'
import { cliErrors } from '../errors.ts'
import { type Cell, printRows } from '../io.ts'
import { type Act, noun } from '../program.ts'
import { actingOptions, contextOf } from '../scene.ts'

const collect = (value: string, all: string[]) => [...all, value]
const list = (text: unknown) =>
  typeof text === 'string' && text !== '' ? text.split(',').map((part) => part.trim()) : []

/** `fdp object list`, `describe`, `read`, `count`. */
export function objectCommands(program: Command, act: Act): void {
  const object = noun(program, 'object', 'objects, as far as you may read them')
  act(
    actingOptions(object.command('list').description('the object types that you may read for this purpose')),
    async (scene, options) => {
      const { tenant, context } = await scene.acting(contextOf(options))
      const names = new Set(
        tenant
          .accessNow()
          .flatMap((row) =>
            row.person === context.subject && row.purpose === context.purpose && row.action === 'read'
              ? [row.object]
              : [],
          ),
      )
      printRows(
        scene.io,
        ['object'],
        objectTypes()
          .filter((type) => names.has(type.name))
          .map((type) => [type.name]),
      )
    },
  )
  act(
    actingOptions(
      object.command('describe').argument('<object>').description('the columns of an object type that you may read'),
    ),
    async (scene, options, [name = '']) => {
      const session = await (await scene.acting(contextOf(options))).session()
      const { level, columns } = await session.describe(name)
      printRows(
        scene.io,
        ['column', 'type', 'level'],
        columns.map((column) => [column.name, column.type, level]),
      )
    },
  )
  act(
    actingOptions(object.command('read').argument('<object>').description('rows, a page at most'))
      .option('--columns <names>', 'separated by commas; all that you may read if left out')
      .option(
        '--where <test>',
        'property=value, property<value, property in a|b, property is null; may be repeated',
        collect,
        [],
      )
      .option('--order-by <names>', 'separated by commas; a minus in front sorts downwards')
      .option('--limit <rows>', `at most ${limits.pageRowsMax}`, '20'),
    async (scene, options, [name = '']) => {
      const session = await (await scene.acting(contextOf(options))).session()
      const named = list(options.columns)
      const select = named.length > 0 ? named : (await session.describe(name)).columns.map((column) => column.name)
      const where = parseWhere(options.where as string[])
      const orderBy = list(options.orderBy).map((text) => ({
        property: text.replace(/^-/, ''),
        descending: text.startsWith('-'),
      }))
      await using result = await session.rows(
        questionOf({ object: name, select, ...(where ? { where } : {}), orderBy, limit: whole(options.limit) }),
      )
      const rows: Cell[][] = []
      for await (const batch of result.batches()) {
        for (let row = 0; row < batch.rowCount; row++) rows.push(batch.columns.map((column) => cellOf(column[row])))
      }
      printRows(
        scene.io,
        result.columns.map((column) => column.name),
        rows,
      )
      scene.io.err(`${rows.length} rows at the level ${result.level}; entry ${result.entry} of the ledger\n`)
    },
  )
  act(
    actingOptions(object.command('count').argument('<object>').description('how many, all or by group'))
      .option('--group-by <names>', 'separated by commas')
      .option('--where <test>', 'as for read; may be repeated', collect, []),
    async (scene, options, [name = '']) => {
      const session = await (await scene.acting(contextOf(options))).session()
      const where = parseWhere(options.where as string[])
      const question = summaryOf({
        object: name,
        groupBy: list(options.groupBy),
        aggregations: [{ name: 'count', type: 'count' }],
        ...(where ? { where } : {}),
      })
      await using result = await session.rows(question)
      const rows: Cell[][] = []
      for await (const batch of result.batches()) {
        for (let row = 0; row < batch.rowCount; row++) rows.push(batch.columns.map((column) => cellOf(column[row])))
      }
      printRows(
        scene.io,
        result.columns.map((column) => column.name),
        rows,
      )
    },
  )
}

function cellOf(value: unknown): Cell {
  if (value === null || typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean')
    return value
  return Array.isArray(value) ? JSON.stringify(value) : String(value)
}

function whole(text: unknown): number {
  const value = Number(text)
  if (!Number.isInteger(value) || value < 1)
    throw cliErrors('FDP_CLI_USAGE', { what: '`--limit` takes a whole number from 1', command: 'object read' })
  return value
}
