import type { Command } from 'commander'
import { dateOf } from '#kernel'
import { waitingList } from '#synthetic'
import type { Act } from '../program.ts'
import { readWholeOption } from '../read-option.ts'

/** `fdp synth waiting-list`: a file to try a mapping on, of people who do not exist. */
export function waitingListCommand(synth: Command, act: Act): void {
  act(
    synth
      .command('waiting-list')
      .description('print the waiting list of a trust that does not exist, as CSV in columns of its own')
      .option('--patients <n>', 'how many people', '300')
      .option('--seed <text>', 'another seed gives other people', 'waiting-list'),
    async ({ host, io }, options) => {
      const place = { option: '--patients', command: 'synth waiting-list' }
      const patients = readWholeOption(options.patients, place, { min: 50, max: 100_000 })
      const today = dateOf(host.adapters.clock.now())
      for await (const bytes of waitingList({ seed: String(options.seed), patients, today }).open())
        io.out(Buffer.from(bytes).toString('utf8'))
    },
  )
}
