import type { Command } from 'commander'
import {
  type Dock,
  mappingHistory,
  mappingState,
  promoteMapping,
  rollBackMapping,
  type Trial,
  tryMapping,
} from '#docks'
import { dockOf } from '#node'
import { printRows, printWords } from '../io.ts'
import type { Act } from '../program.ts'
import { actingOptions, contextOf } from '../scene.ts'
import { textOf } from './mapping.ts'

const shownDigits = 12

/** `fdp mapping try`, `promote`, `rollback`, `history`: by which version a dock's files are read. */
export function promotionCommands(mapping: Command, act: Act): void {
  act(
    actingOptions(
      mapping
        .command('try')
        .argument('<dock>')
        .argument('<file>', 'the mapping, or view')
        .description('run its tests, then count what it would make of the last delivery beside what is live'),
    ).option('--on <file>', 'try it on this file in place of the last delivery'),
    async (scene, options, [id = '', file = '']) => {
      const text = await textOf(scene.path(file), file)
      const source = options.on === undefined ? null : await scene.host.openFile(scene.path(String(options.on)))
      const { context, tenant } = await scene.acting(contextOf(options))
      const trial = await tryMapping(dockOf(tenant, id), text, { by: context, source }, tenant.flows)
      printRows(scene.io, ['what', 'column', 'live', 'tried'], trialRows(trial))
      if (trial.now.problem !== null) scene.io.err(`${trial.now.problem}\n`)
      if (trial.now.isRefused) scene.io.err('the delivery would be refused\n')
    },
  )
  act(
    actingOptions(
      mapping
        .command('promote')
        .argument('<dock>')
        .argument('<file>', 'the mapping, or view')
        .description('read the files of a dock by it from now on'),
    ).requiredOption('--reason <text>', 'why'),
    async (scene, options, [id = '', file = '']) => {
      const text = await textOf(scene.path(file), file)
      const { context, tenant } = await scene.acting(contextOf(options))
      const said = { by: context, reason: String(options.reason) }
      const { sha256 } = await promoteMapping(dockOf(tenant, id), text, said, tenant.flows)
      printWords(scene.io, [`${sha256.slice(0, shownDigits)} is live`], { live: sha256 })
    },
  )
  act(
    actingOptions(mapping.command('rollback').argument('<dock>').description('make the one before live again')),
    async (scene, options, [id = '']) => {
      const { context, tenant } = await scene.acting(contextOf(options))
      const { sha256 } = await rollBackMapping(dockOf(tenant, id), context, tenant.flows)
      printWords(scene.io, [`${sha256.slice(0, shownDigits)} is live`], { live: sha256 })
    },
  )
  act(
    actingOptions(mapping.command('history').argument('<dock>').description('which were live, since when, by whom')),
    async (scene, options, [id = '']) => {
      const { tenant } = await scene.acting(contextOf(options))
      const dock: Dock = dockOf(tenant, id)
      const rows = (await mappingHistory(dock, tenant.flows)).map(({ at, what, sha256, by, entry }) => [
        ...[at, what, sha256.slice(0, shownDigits), by, entry],
      ])
      printRows(scene.io, ['at', 'what', 'version', 'by', 'entry'], rows)
      scene.io.err(`the file beside the dock: ${await mappingState(dock, tenant.flows)}\n`)
    },
  )
}

type Cells = readonly (string | number)[]

/** Counts by rule and column of both; then in how many rows a column differs. */
function trialRows({ now, before, differs }: Trial): readonly Cells[] {
  const names = ['read', 'made', 'quarantined'] as const
  const rows = names.map((name): Cells => [`rows ${name}`, '', before?.rows[name] ?? '', now.rows[name]])
  const keyOf = ({ rule, column }: { rule: string; column: string | null }) => `${rule}\n${column ?? ''}`
  const keys = new Set([...(before?.findings ?? []), ...now.findings].map(keyOf))
  const counted = (run: typeof before, key: string) =>
    run === null ? '' : (run.findings.find((each) => keyOf(each) === key)?.rows ?? 0)
  const found = [...keys].sort().map((key): Cells => [...key.split('\n'), counted(before, key), counted(now, key)])
  if (differs === null) return [...rows, ...found]
  const { onlyBefore, onlyNow, columns } = differs
  const differing = columns.map(({ property, rows: count }): Cells => ['rows that differ', property, '', count])
  return [...rows, ...found, ['rows of one only', '', onlyBefore, onlyNow], ...differing]
}
