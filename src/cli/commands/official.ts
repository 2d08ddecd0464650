import type { Command } from 'commander'
import { submit } from '#flows'
import { type DateOnly, parseOdsCode } from '#kernel'
import {
  type OfficialFinding,
  officialFileSource,
  officialOrganisationMapping,
  officialRttMapping,
  officialRttReport,
  parsePeriod,
  readOfficialHead,
} from '#metrics'
import { cliErrors } from '../errors.ts'
import { type Io, printWords } from '../io.ts'
import { type Act, noun } from '../program.ts'
import { type Acting, actingOptions, contextOf } from '../scene.ts'
import { printReportOf, progressOf } from './flow.ts'

/** `fdp official rtt FILE`: the published waiting-list file, with its publisher's rules as checks. */
export function officialCommands(program: Command, act: Act): void {
  const official = noun(program, 'official', 'published official files')
  act(
    actingOptions(
      official
        .command('rtt')
        .argument('<file>')
        .description('load the RTT “Full CSV data file”, or the zip it comes in'),
    ),
    async (scene, options, [file = '']) => {
      const acting = await scene.acting(contextOf(options))
      const source = await officialFileSource(scene.path(file))
      const { header, period } = await readOfficialHead(source)
      const { context, tenant } = acting
      const about = {
        ...{
          controller: parseOdsCode(tenant.profile.controller),
          asAt: parsePeriod(period).lastDay as DateOnly,
          source,
        },
        ...{ subject: context.subject, purpose: context.purpose },
      }
      const deps = { ...tenant.flows, progress: progressOf(scene.io, source.name) }
      const findings = await validate(acting, source, header)
      printFindings(scene.io, findings)
      const refusing = findings.filter((finding) => finding.severity === 'FAIL' && finding.hits > 0)
      if (refusing.length > 0)
        throw cliErrors('FDP_CLI_OFFICIAL', { rules: refusing.map((finding) => finding.rule).join(', ') })
      printReportOf(
        scene.io,
        await submit({ ...about, object: 'RttReturn', mapping: officialRttMapping(header) }, deps),
      )
      printReportOf(
        scene.io,
        await submit({ ...about, object: 'Organisation', mapping: officialOrganisationMapping(header) }, deps),
      )
    },
  )
}

/** Runs the publisher's validation rules over the file, before anything is taken in. */
async function validate({ tenant }: Acting, source: { open(): AsyncIterable<Uint8Array> }, header: readonly string[]) {
  const { openEngine, readers, engine: size } = tenant.flows
  await using engine = await openEngine({ memoryLimitMb: 4_096, threads: 2, ...size, tempDirectory: null })
  await readers.csv.read({
    bytes: () => source.open(),
    dialect: { encoding: null, delimiter: null },
    engine,
    table: 'official',
  })
  return await officialRttReport(engine, 'official', header)
}

const listedMax = 10

/** A rule a line, and below it the first of what breaks it: organisation and function codes only. */
export function printFindings(io: Io, findings: readonly OfficialFinding[]): void {
  for (const finding of findings) {
    const listed = finding.listed.map((row) =>
      Object.fromEntries(Object.entries(row).map(([name, value]) => [name, plain(value)])),
    )
    printWords(io, wordsOf({ ...finding, listed }), { ...finding, listed })
  }
}

function wordsOf({ severity, rule, title, hits, examined, pathways, listed }: OfficialFinding): string[] {
  const sum = pathways === null || hits === 0 ? '' : `, ${pathways.toLocaleString('en-GB')} pathways`
  const count = `${hits.toLocaleString('en-GB')} of ${examined.toLocaleString('en-GB')}`
  const examples = listed.slice(0, listedMax).map((row) =>
    Object.entries(row)
      .filter(([, value]) => value !== null)
      .map(([name, value]) => `${name} ${String(value)}`)
      .join(', '),
  )
  const more = hits > examples.length && examples.length > 0 ? [`and ${hits - examples.length} more`] : []
  return [
    `${hits === 0 ? 'holds' : severity}  ${rule}: ${title}: ${count}${sum}`,
    ...[...examples, ...more].map((line) => `       ${line}`),
  ]
}

/** Counts come from the engine as wide integers. */
function plain(value: unknown): unknown {
  return typeof value === 'bigint' ? Number(value) : value
}
