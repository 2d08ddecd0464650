/**
 * Random cases for tests. Every day they are the same ones, so that a run says something of the change and not of
 * chance; the full run draws new ones each time, and says the seed of a case that fails. `FDP_TEST_SEED` sets it.
 */
import fc from 'fast-check'

const { FDP_TEST_FULL: full, FDP_TEST_SEED: told } = process.env
const daily = 20_260_622

if (told !== undefined) fc.configureGlobal({ seed: Number(told) })
else if (full !== '1') fc.configureGlobal({ seed: daily })

export { fc }

/** How many cases: many more in the full run, where they are new each time. */
export function cases(everyDay: number, full = everyDay * 4): { readonly numRuns: number } {
  return { numRuns: process.env.FDP_TEST_FULL === '1' ? full : everyDay }
}
