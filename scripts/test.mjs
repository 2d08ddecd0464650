// npm test and npm run test:full: installs what is missing, checks types and style, runs the tests. Any Node >= 20.
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { install } from './install.mjs'
import { checkSurroundings, checkSurroundingsOfTests } from './surroundings.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))
const full = process.argv.includes('--full')
/** Promised on two cores; a run that hangs is ended at twice that. */
const minutesPromised = full ? 45 : 10
const testMsMax = full ? 30 * 60_000 : 3 * 60_000
const began = process.hrtime.bigint()
const minutes = () => Number(process.hrtime.bigint() - began) / 6e10

function run(title, command, args, env = {}) {
  process.stderr.write(`\n== ${title}\n`)
  const left = Math.max(1, Math.ceil((2 * minutesPromised - minutes()) * 60_000))
  const done = spawnSync(command, args, { cwd: root, stdio: 'inherit', env: { ...process.env, ...env }, timeout: left })
  if (done.error?.code === 'ETIMEDOUT') {
    process.stderr.write(
      `\nended after ${Math.round(minutes())} minutes: something hangs, or this machine is very slow\n`,
    )
    process.exit(1)
  }
  if (done.status === 0) return
  process.stderr.write(`\nfailed: ${title} (after ${minutes().toFixed(1)} minutes)\n`)
  process.exit(done.status ?? 1)
}

checkSurroundings()
checkSurroundingsOfTests()
const node = install()
run('types', node, ['node_modules/typescript/bin/tsc', '--noEmit'])
run('style', node, ['node_modules/@biomejs/biome/bin/biome', 'check', '.'])
run(
  full ? 'tests, the long ones too' : 'tests',
  node,
  ['--disable-warning=ExperimentalWarning', 'scripts/run-tests.mjs', String(testMsMax)],
  // Every test file and every command is a process of its own, and most of what a short one does is compiling.
  { NODE_COMPILE_CACHE: `${root}node_modules/.cache/compiled`, ...(full ? { FDP_TEST_FULL: '1' } : {}) },
)
const took = minutes()
process.stderr.write(`\nall passed in ${took.toFixed(1)} minutes\n`)
if (took > minutesPromised)
  process.stderr.write(`that is more than the ${minutesPromised} minutes promised for two cores\n`)
