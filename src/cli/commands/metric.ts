import type { Command } from 'commander'
import { compareMetric, type LoadedMetric, type MetricResult, officialFileSource, runMetric } from '#metrics'
import { reasonOf } from '../acting-context.ts'
import { cliErrors, usage } from '../errors.ts'
import { type Cell, type Io, printRows } from '../io.ts'
import { type Act, noun } from '../program.ts'
import { readNamesOption } from '../read-option.ts'
import { type Acting, actingOptions, contextOf, type Host } from '../scene.ts'

/** `fdp metric list`, `run`, `compare`. */
export function metricCommands(program: Command, act: Act): void {
  const metric = noun(program, 'metric', 'declared statistics')
  act(metric.command('list').description('every metric of the products here'), async ({ host, io }) => {
    const rows = (await host.products()).flatMap((product) =>
      Object.values(product.metrics).map(({ definition }) => [
        definition.id,
        definition.version,
        definition.title,
        product.id,
      ]),
    )
    printRows(io, ['metric', 'version', 'title', 'product'], rows)
  })
  act(
    actingOptions(
      metric.command('run').argument('<metric>').description('count, through the gate and its disclosure policy'),
    )
      .requiredOption('--period <month>', 'for example 2026-01')
      .option('--by <dimensions>', 'provider, commissioner, treatment-function, week-band; separated by commas')
      .option('--population <id>', 'all-commissioners or english-commissioners')
      .option('--basis <id>', 'pathways or return; whichever this tenant has if left out')
      .option('--json', 'everything as one JSON document'),
    async (scene, options, [id = '']) => {
      const acting = await scene.acting(contextOf(options))
      const loaded = await loadedMetric(scene.host, id)
      const { period, by, population, basis } = options as Record<string, string | undefined>
      const parameters = {
        period: String(period),
        basis: basis ?? basisHere(acting, loaded),
        by: readNamesOption(by),
        ...(population ? { population } : {}),
      }
      const result = await runMetric(await acting.session(), loaded, parameters, acting.context.because)
      if (options.json) scene.io.out(`${JSON.stringify(result, null, scene.io.isTerminal ? 1 : 0)}\n`)
      else printMetric(scene.io, result)
    },
  )
  act(
    actingOptions(
      metric
        .command('compare')
        .argument('<metric>')
        .description('recompute from single pathways and hold it against a published file, cell by cell'),
    )
      .requiredOption('--with <file>', 'the “Full CSV data file” or its zip')
      .option('--json', 'everything as one JSON document'),
    async (scene, options, [id = '']) => {
      const acting = await scene.acting(contextOf(options))
      const published = await officialFileSource(scene.path(String(options.with)))
      const metricHere = await loadedMetric(scene.host, id)
      const { readers } = acting.tenant.flows
      const outcome = await compareMetric({
        ...{ session: await acting.session(), metric: metricHere, published, reader: readers.csv },
        ...reasonOf(acting.context),
      })
      const { cellsCompared, cellsDiffering, pathwaysPublished, pathwaysComputed, differing, entry } = outcome
      if (options.json) scene.io.out(`${JSON.stringify(outcome, null, 1)}\n`)
      else {
        scene.io.out(
          `${cellsDiffering} differing cells of ${cellsCompared} for Part 2 (provider × commissioner × treatment function × week band, C_999 recomputed)\n` +
            `${pathwaysPublished} pathways published, ${pathwaysComputed} computed; entry ${entry} of the ledger\n`,
        )
        if (differing.length > 0) {
          const columns = [
            'provider',
            'commissioner',
            'treatmentFunction',
            'weekBand',
            'published',
            'computed',
          ] as const
          printRows(
            scene.io,
            columns,
            differing.map((cell) => columns.map((column) => cell[column])),
          )
        }
      }
      if (!outcome.passed) throw cliErrors('FDP_CLI_DIFFERS', { cells: cellsDiffering })
    },
  )
}

export async function loadedMetric(host: Host, id: string): Promise<LoadedMetric> {
  const products = await host.products()
  const found = products.map((product) => product.metrics[id]).find((metric) => metric !== undefined)
  const known = products.flatMap((product) => Object.keys(product.metrics)).join(', ')
  if (!found) throw usage(`there is no metric of that name; there are: ${known}`, 'metric list')
  return found
}

/** The return where one was taken in, the pathways themselves otherwise. */
export function basisHere({ tenant }: Pick<Acting, 'tenant'>, { definition }: LoadedMetric): string {
  const has = (object: string) => tenant.governance.catalogue().lakeManifest(object) !== null
  const usable = (id: string) => Object.values(definition.bases[id]?.relations ?? {}).every(({ object }) => has(object))
  const [first = 'pathways'] = Object.keys(definition.bases)
  return ['return', ...Object.keys(definition.bases)].find((id) => id in definition.bases && usable(id)) ?? first
}

/** The figures as a table, and below it what they count, when, and from where. */
export function printMetric(io: Io, result: MetricResult): void {
  const keys = Object.keys(result.rows[0]?.key ?? {})
  const measures = Object.keys(result.measures)
  const rows: Cell[][] = result.rows.map(({ key, figures }) => [
    ...keys.map((name) => key[name] ?? null),
    ...measures.map((name) => figures[name] ?? null),
  ])
  printRows(io, [...keys, ...measures], rows)
  if (rows.length === 0) io.err('nothing to count: no data for this period were taken in, or no pathway was waiting\n')
  io.err(
    `${result.metric.id} version ${result.metric.version}: ${result.metric.counts}\n` +
      `${result.population.title}; ${result.period.firstDay} to ${result.period.lastDay}; ${result.basis.title}\n` +
      `percentiles: ${result.percentileMethod}; ${result.disclosure.statement}; entry ${result.provenance.entry} of the ledger\n`,
  )
}
