/**
 * Random cases for tests. Every day they are the same ones, so that a run says something of the change and not of
 * chance; the full run draws new ones each time, and says the seed of a case that fails. `FDP_TEST_SEED` sets it.
 */
import fc from 'fast-check'

const { FDP_TEST_FULL, FDP_TEST_SEED: told } = process.env
const isFull = FDP_TEST_FULL === '1'
const daily = 20_260_622
/** Within the time that a test has: what hangs, or looks for a smaller case for ever, ends with its seed and case said. */
const minutesMax = isFull ? 25 : 2.5

fc.configureGlobal({
  ...(told !== undefined ? { seed: Number(told) } : isFull ? {} : { seed: daily }),
  ...{ interruptAfterTimeLimit: minutesMax * 60_000, markInterruptAsFailure: true },
})

export { fc }

/** How many cases: many more in the full run, where they are new each time. */
export function cases(everyDay: number, full = everyDay * 4): { readonly numRuns: number } {
  return { numRuns: isFull ? full : everyDay }
}
