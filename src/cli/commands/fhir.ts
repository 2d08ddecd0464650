import { writeFile } from 'node:fs/promises'
import type { Command } from 'commander'
import { type ConformanceReport, runConformance } from '#fhir'
import { cliErrors } from '../errors.ts'
import { type Io, shownLine } from '../io.ts'
import { type Act, noun } from '../program.ts'

/** `fdp fhir conformance`. */
export function fhirCommands(program: Command, act: Act): void {
  const fhir = noun(program, 'fhir', 'views over FHIR resources')
  act(
    fhir
      .command('conformance')
      .argument('<folder>', 'the case files of the SQL on FHIR suite')
      .description('run the suite that the specification of FHIR views is tested by')
      .option('--report <file>', 'write the results in the form in which the suite publishes them'),
    async (scene, options, [folder = '']) => {
      const { openEngine } = scene.host.adapters
      await using engine = await openEngine({ memoryLimitMb: 512, threads: 2, tempDirectory: null })
      const report = await runConformance(engine, scene.path(folder))
      if (typeof options.report === 'string')
        await writeFile(scene.path(options.report), `${JSON.stringify(report, null, 2)}\n`)
      const failed = printReport(scene.io, report)
      if (failed > 0) throw cliErrors('FDP_CLI_FHIR_CASES', { failed })
    },
  )
}

/** Failures a line, then the count; returns how many failed. */
function printReport(io: Io, report: ConformanceReport): number {
  const cases = Object.entries(report).flatMap(([file, { tests }]) => tests.map((each) => ({ file, ...each })))
  const failures = cases.filter(({ result }) => !result.passed)
  for (const { file, name, result } of failures)
    io.out(`${shownLine(`failed  ${file}: ${name}: ${result.reason ?? ''}`)}\n`)
  io.out(`${cases.length - failures.length} passed, ${failures.length} failed\n`)
  return failures.length
}
