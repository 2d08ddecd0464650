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
import type { Io } from '../io.ts'
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
      const source = await officialFileSource(scene.path(file)).catch((error: NodeJS.ErrnoException) => {
        if (error.code === 'ENOENT') throw cliErrors('FDP_CLI_NO_FILE', { file: scene.path(file) })
        throw error
      })
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
  const { openEngine, reader, engine: size } = tenant.flows
  await using engine = await openEngine({ memoryLimitMb: 4_096, threads: 2, ...size, tempDirectory: null })
  await reader.read({
    bytes: () => source.open(),
    dialect: { encoding: null, delimiter: null },
    engine,
    table: 'official',
  })
  return await officialRttReport(engine, 'official', header)
}

const listedMax = 10

/** One line a rule, and the first of what breaks it: organisation and function codes only. */
export function printFindings(io: Io, findings: readonly OfficialFinding[]): void {
  for (const { severity, rule, title, hits, examined, pathways, listed } of findings) {
    const sum = pathways === null || hits === 0 ? '' : `, ${pathways.toLocaleString('en-GB')} pathways`
    io.out(
      `${hits === 0 ? 'holds' : severity}  ${rule}: ${title}: ${hits.toLocaleString('en-GB')} of ${examined.toLocaleString('en-GB')}${sum}\n`,
    )
    for (const row of listed.slice(0, listedMax)) {
      io.out(
        `       ${Object.entries(row)
          .map(([name, value]) => `${name} ${String(value ?? '(blank)')}`)
          .join(', ')}\n`,
      )
    }
    if (listed.length > listedMax) io.out(`       and ${hits - listedMax} more\n`)
  }
}
