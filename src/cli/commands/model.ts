import type { Command } from 'commander'
import { buildModel, type CheckedModel, diffModel } from '#models'
import { approveModel, modelOf, modelsOf, proposeModel, showModel, testModel } from '#node'
import { printRows } from '../io.ts'
import { type Act, noun } from '../program.ts'
import { type Acting, actingOptions, contextOf } from '../scene.ts'

/** `fdp model list`, `test`, `propose`, `show`, `approve`, `diff`, `build`: data sets that are made from others. */
export function modelCommands(program: Command, act: Act): void {
  const model = noun(program, 'model', 'data sets that are made from others')
  act(
    actingOptions(
      model.command('list').description('every model in the order in which they are built, and how each stands'),
    ),
    async (scene, options) => {
      const { node, tenant } = await scene.acting(contextOf(options))
      const { models, wrong } = await modelsOf(node.adapters, tenant)
      const rows = models.map((each) => {
        const { object, title, owner } = each.model
        return [object, title, owner, each.lineage.inputs.join(', '), standingOf(each, tenant), '']
      })
      const bad = wrong.map(({ params, message }) => [
        String(params.model ?? params.name),
        '',
        '',
        '',
        'wrong',
        message,
      ])
      printRows(scene.io, ['model', 'title', 'owner', 'reads', 'state', 'what is wrong'], [...rows, ...bad])
    },
  )
  act(
    actingOptions(model.command('test').argument('<model>').description('run the tests that a model declares')),
    async (scene, options, [name = '']) => {
      const { node, tenant } = await scene.acting(contextOf(options))
      const results = await testModel(node.adapters, await modelOf(node.adapters, tenant, name))
      printRows(
        scene.io,
        ['test', 'passed', 'found', 'expected'],
        results.map(({ name: test, passed, found, expected, findings }) => {
          const text = passed ? '' : JSON.stringify(findings.length > 0 ? findings : found)
          return [test, passed ? 'yes' : 'no', text, passed ? '' : JSON.stringify(expected)]
        }),
      )
    },
  )
  act(
    actingOptions(
      model
        .command('propose')
        .argument('<model>')
        .description('put your name to a model as it stands in its files; somebody else approves it'),
    ),
    async (scene, options, [name = '']) => {
      const { node, tenant, context } = await scene.acting(contextOf(options))
      const { index } = await proposeModel(node.adapters, tenant, name, context.subject)
      scene.io.err(`proposed; entry ${index} of the ledger; an officer approves with \`./fdp model approve\`\n`)
    },
  )
  act(
    actingOptions(
      model
        .command('show')
        .argument('<model>')
        .description('a model as it was proposed: what changes, where each column comes from, its class'),
    ),
    async (scene, options, [name = '']) => {
      const { node, tenant } = await scene.acting(contextOf(options))
      const { checked, proposed, approved, changes } = await showModel(node.adapters, tenant, name)
      const { type } = checked.model
      const rows = type.properties.map((property) => {
        const { from, by } = checked.lineage.columns.get(property.name)!
        const kind = property.references ? `key of ${property.references.object}` : property.sensitivity
        return [property.name, property.type, kind, [...from].join(', '), [...by].join(', ')]
      })
      printRows(scene.io, ['column', 'type', 'class', 'made from', 'chosen by'], rows)
      scene.io.err(`rows are chosen by: ${[...checked.lineage.rows].join(', ') || 'nothing'}\n`)
      scene.io.err(`proposed by ${proposed.by} in entry ${proposed.entry}, hash ${proposed.sha256.slice(0, 12)}\n`)
      scene.io.err(approved ? `approved last: ${approved.sha256.slice(0, 12)} by ${approved.by}\n` : 'never approved\n')
      for (const line of changes) scene.io.err(`${line}\n`)
    },
  )
  act(
    actingOptions(
      model
        .command('approve')
        .argument('<model>')
        .argument('<hash>', 'the first twelve digits or more, as `show` says them')
        .description('let a model be built as it was proposed; never by who proposed it'),
    ),
    async (scene, options, [name = '', hash = '']) => {
      const { tenant, context } = await scene.acting(contextOf(options))
      const { index } = await approveModel(tenant, name, hash, context.subject)
      scene.io.err(`approved; entry ${index} of the ledger\n`)
    },
  )
  act(
    actingOptions(
      model
        .command('diff')
        .argument('<model>')
        .description(
          'make a proposed model beside what is published, and count what would differ; nothing is published',
        ),
    ),
    async (scene, options, [name = '']) => {
      const { node, tenant, context } = await scene.acting(contextOf(options))
      const checked = await modelOf(node.adapters, tenant, name)
      const found = await diffModel(checked, builderOf(context), tenant.flows)
      printRows(
        scene.io,
        ['controller', 'added', 'gone', 'changed', 'same', 'changed by column', 'new columns', 'columns gone'],
        found.map((each) => [
          ...[each.controller, each.added, each.gone, each.changed, each.same],
          ...[
            Object.entries(each.columns)
              .map(([column, rows]) => `${column} ${rows}`)
              .join(', '),
          ],
          ...[each.onlyAfter.join(', '), each.onlyBefore.join(', ')],
        ]),
      )
    },
  )
  act(
    actingOptions(
      model
        .command('build')
        .argument('<model>')
        .description('make an approved model anew where what it reads changed, after the models that it reads'),
    ),
    async (scene, options, [name = '']) => {
      const { node, tenant, context } = await scene.acting(contextOf(options))
      const { models } = await modelsOf(node.adapters, tenant)
      const wanted = await modelOf(node.adapters, tenant, name)
      const rows: (string | number)[][] = []
      for (const each of models.filter((other) => isNeeded(other, wanted, models))) {
        for (const { object, controller, outcome, entry, rows: count } of await buildModel(
          each,
          builderOf(context),
          tenant.flows,
        ))
          rows.push([object, controller, outcome, count ?? '', entry ?? ''])
      }
      printRows(scene.io, ['model', 'controller', 'outcome', 'rows', 'entry'], rows)
    },
  )
}

const builderOf = ({ subject, purpose }: Acting['context']) => ({ subject, purpose })

function standingOf({ model }: CheckedModel, { governance }: Acting['tenant']): string {
  const reviewed = governance.state().models.get(model.object)
  if (reviewed?.approved?.sha256 === model.sha256) return 'approved'
  return reviewed?.proposed.sha256 === model.sha256 ? 'proposed' : 'not proposed'
}

/** Whether a model is the one to be built or one that it reads, by way of others too. */
function isNeeded(model: CheckedModel, wanted: CheckedModel, models: readonly CheckedModel[]): boolean {
  if (model.model.object === wanted.model.object) return true
  const read = models.filter((each) => wanted.lineage.inputs.includes(each.model.object))
  return read.some((each) => isNeeded(model, each, models))
}
