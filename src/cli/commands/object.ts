import type { Command } from 'commander'
import { objectTypes } from '#contracts'
import type { Question, Session } from '#gate'
import { limits } from '#kernel'
import { parseWhere, questionOf, summaryOf } from '#ontology'
import { reasonOf } from '../acting-context.ts'
import { printRows } from '../io.ts'
import { printRead } from '../print-read.ts'
import { type Act, noun } from '../program.ts'
import { readMomentOption, readNamesOption, readWholeOption } from '../read-option.ts'
import { type Acting, actingOptions, contextOf } from '../scene.ts'

const collect = (value: string, all: string[]) => [...all, value]
const rowsShown = '20'
const asOfOption = [
  '--as-of <moment>',
  'the data as they were known then: 2026-01-31, or a moment with its offset',
] as const

/** `fdp object list`, `describe`, `read`, `count`. */
export function objectCommands(program: Command, act: Act): void {
  const object = noun(program, 'object', 'objects, as far as you may read them')
  act(
    actingOptions(object.command('list').description('the object types that you may read for this purpose, and how')),
    async (scene, options) =>
      printRows(scene.io, ['object', 'level'], readable(await scene.acting(contextOf(options)))),
  )
  act(
    actingOptions(
      object.command('describe').argument('<object>').description('the columns of an object type that you may read'),
    ),
    async (scene, options, [name = '']) => {
      const session = await (await scene.acting(contextOf(options))).session()
      const { level, columns } = await session.describe(name)
      const rows = columns.map((column) => [column.name, column.type, level])
      printRows(scene.io, ['column', 'type', 'level'], rows)
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
      .option('--limit <rows>', `at most ${limits.pageRowsMax}`, rowsShown)
      .option(...asOfOption),
    async (scene, options, [name = '']) => {
      const place = { option: '--limit', command: 'object read' }
      const limit = readWholeOption(options.limit, place, { min: 1, max: limits.pageRowsMax })
      const where = parseWhere(options.where as string[])
      const acting = await scene.acting(contextOf(options))
      const session = await acting.session()
      const named = readNamesOption(options.columns)
      const select = named.length > 0 ? named : (await session.describe(name)).columns.map((column) => column.name)
      const orderBy = readNamesOption(options.orderBy).map((text) => ({
        property: text.replace(/^-/, ''),
        descending: text.startsWith('-'),
      }))
      const question = questionOf({ object: name, select, ...(where ? { where } : {}), orderBy, limit })
      const then = await asOf(session, options.asOf, 'object read')
      await using result = await session.rows({ ...question, ...then, ...reasonOf(acting.context) })
      const rows = await printRead(scene.io, result)
      scene.io.err(`${rows} rows at the level ${result.level}; entry ${result.entry} of the ledger\n`)
    },
  )
  act(
    actingOptions(object.command('count').argument('<object>').description('how many, all or by group'))
      .option('--group-by <names>', 'separated by commas')
      .option('--where <test>', 'as for read; may be repeated', collect, [])
      .option(...asOfOption),
    async (scene, options, [name = '']) => {
      const where = parseWhere(options.where as string[])
      const acting = await scene.acting(contextOf(options))
      const session = await acting.session()
      const question = summaryOf({
        object: name,
        groupBy: readNamesOption(options.groupBy),
        aggregations: [{ name: 'count', type: 'count' }],
        ...(where ? { where } : {}),
      })
      const then = await asOf(session, options.asOf, 'object count')
      await using result = await session.rows({ ...question, ...then, ...reasonOf(acting.context) })
      await printRead(scene.io, result)
      scene.io.err(`counted at the level ${result.level}; entry ${result.entry} of the ledger\n`)
    },
  )
}

/** Who may read them, and whose rows stay out, is as of now in any case. */
async function asOf(session: Session, typed: unknown, command: string): Promise<Pick<Question, 'asOf'>> {
  if (typed === undefined) return {}
  return { asOf: await session.entryAt(readMomentOption(typed, { option: '--as-of', command })) }
}

/** Object types in the order of the contracts, with each level at which they may be read now. */
function readable({ tenant, context: { subject, purpose } }: Acting): string[][] {
  const mine = tenant
    .accessNow()
    .filter((row) => row.person === subject && row.purpose === purpose && row.action === 'read')
  return objectTypes().flatMap(({ name }) =>
    [...new Set(mine.filter(({ object }) => object === name).map(({ level }) => level))].map((level) => [name, level]),
  )
}
