import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Command } from 'commander'
import { londonDay } from '#kernel'
import { hospitalDay, hospitalOf } from '#synthetic'
import { printRows } from '../io.ts'
import type { Act } from '../program.ts'
import { readDateOption } from '../read-option.ts'

/** `fdp synth epr`: what the system of a hospital that does not exist tells of a day, without a node. */
export function hospitalCommand(synth: Command, act: Act): void {
  act(
    synth
      .command('epr')
      .argument('<tenant>', 'the trust whose hospital it is')
      .description('what a hospital’s system that does not exist tells of a day, by each of its outlets')
      .option('--day <date>', 'the day; today if left out')
      .option('--to <folder>', 'write it there: files, messages, FHIR resources, statements for a database'),
    async (scene, options, [tenant = '']) => {
      const day =
        options.day === undefined
          ? londonDay(scene.host.adapters.clock.now())
          : readDateOption(options.day, { option: '--day', command: 'synth epr' })
      const told = hospitalDay(hospitalOf(tenant), day)
      if (options.to !== undefined) {
        const folder = scene.path(String(options.to))
        for (const { path, bytes } of told.files) {
          await mkdir(join(folder, path, '..'), { recursive: true, mode: 0o700 })
          await writeFile(join(folder, path), bytes)
        }
        scene.io.err(`written to ${folder}\n`)
      }
      printRows(scene.io, ['outlet', 'tells of', 'how many'], told.figures)
    },
  )
}
