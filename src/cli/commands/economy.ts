import type { Command } from 'commander'
import { submit } from '#flows'
import { type DateOnly, ident, parseOdsCode, sql } from '#kernel'
import {
  allFunctions,
  officialFileSource,
  officialLayout,
  officialLongSql,
  parsePeriod,
  readOfficialHead,
} from '#metrics'
import { type England, expandEngland } from '#synthetic'
import { cliErrors } from '../errors.ts'
import { type Io, printWords } from '../io.ts'
import { type Act, noun } from '../program.ts'
import { readWholeOption } from '../read-option.ts'
import { actingOptions, contextOf } from '../scene.ts'
import { everyTypeCommand } from './every-type.ts'
import { printReportOf, progressOf } from './flow.ts'
import { hospitalCommand } from './hospital.ts'
import { waitingListCommand } from './waiting-list.ts'

/** `fdp synth every-type`, `epr`, `waiting-list`; and `fdp synth england`: the pathways behind a published file, as if every provider had sent its own. */
export function economyCommands(program: Command, act: Act): void {
  const synth = noun(program, 'synth', 'people who do not exist, for trying things out')
  everyTypeCommand(synth, act)
  hospitalCommand(synth, act)
  waitingListCommand(synth, act)
  act(
    actingOptions(
      synth
        .command('england')
        .description('expand Part 2 of a published RTT file into person-level pathways, through the ordinary flow'),
    )
      .requiredOption('--from <file>', 'the “Full CSV data file” or its zip')
      .option('--seed <text>', 'another seed gives other people with the same counts', 'england')
      .option('--leave-out <n>', 'leave one pathway out, by number from 0, to see that `metric compare` notices'),
    async (scene, options) => {
      const place = { option: '--leave-out', command: 'synth england' }
      const range = { min: 0, max: 100_000_000 }
      const leaveOut = options.leaveOut === undefined ? undefined : readWholeOption(options.leaveOut, place, range)
      const { tenant, context, node } = await scene.acting(contextOf(options))
      if (!tenant.profile.synthetic) throw cliErrors('FDP_CLI_NOT_SYNTHETIC', { tenant: tenant.profile.id })
      const source = await officialFileSource(scene.path(String(options.from)))
      const { header, period } = await readOfficialHead(source)
      const periodEnd = parsePeriod(period).lastDay as DateOnly
      const { openEngine, readers } = tenant.flows
      const { memoryLimitMb, threads } = node.config.engine
      await using engine = await openEngine({ memoryLimitMb, threads, tempDirectory: null })
      scene.io.progress('expanding the published cells', 0, null)
      await readers.csv.read({
        bytes: () => source.open(),
        dialect: { encoding: null, delimiter: null },
        engine,
        table: 'official',
      })
      await engine.execute(
        sql`CREATE TABLE cells AS FROM (${officialLongSql(officialLayout(header), ident('official'))}) WHERE "treatmentFunctionCode" <> ${allFunctions}`,
      )
      await engine.execute(sql`DROP TABLE official`)
      await engine.registerEphemeral('groups', await groupsTable(scene.host, periodEnd))
      const england = await expandEngland({
        engine,
        cells: 'cells',
        groups: 'groups',
        periodEnd,
        seed: String(options.seed),
        ...(leaveOut === undefined ? {} : { leaveOut }),
      })
      const about = {
        ...{ controller: parseOdsCode(tenant.profile.controller), asAt: periodEnd },
        ...{ subject: context.subject, purpose: context.purpose },
      }
      for (const [object, file] of [
        ['Patient', england.patientSource],
        ['RttPeriod', england.rttPeriodSource],
      ] as const) {
        const deps = { ...tenant.flows, progress: progressOf(scene.io, object) }
        printReportOf(scene.io, await submit({ ...about, object, source: file }, deps))
      }
      printEngland(scene.io, england)
    },
  )
}

function printEngland(io: Io, { pathways, patients, decidedToAdmit, impossible }: England): void {
  const excess = impossible.reduce((sum, each) => sum + each.excess, 0)
  const words = [
    `${pathways} pathways of ${patients} people who do not exist, ${decidedToAdmit} with a decision to admit`,
    `Part 2A exceeds Part 2 in ${impossible.length} bands, by ${excess} pathways in all, which no subset can equal:`,
    ...impossible.map(
      ({ provider, commissioner, group, band, excess: by }) =>
        `  ${provider} ${commissioner} ${group} from ${band} weeks: ${by}`,
    ),
  ]
  const summary = { pathways, patients, decidedToAdmit, impossibleBands: impossible.length, excess, impossible }
  printWords(io, words, summary)
}

/** The members of each published group in force on a day, as the product declares them. */
async function groupsTable(host: Parameters<Parameters<Act>[1]>[0]['host'], day: DateOnly) {
  const product = (await host.products()).find(({ id }) => id === 'elective-recovery')
  const table = product?.references['treatment-function-groups']
  if (!table) throw new Error('the product elective-recovery has no table of treatment function groups')
  const column = (name: string) => table.columns.find((each) => each.name === name)?.values ?? []
  const [from, to] = [column('validFrom'), column('validTo')]
  const inForce = from.map((start, i) => (start ?? '') <= day && (!to[i] || day <= to[i]))
  const kept = (name: string) => column(name).filter((_, i) => inForce[i])
  return {
    columns: [
      { name: 'functionCode', type: 'VARCHAR', values: kept('treatmentFunctionCode') },
      { name: 'groupCode', type: 'VARCHAR', values: kept('reportingGroup') },
    ],
  }
}
