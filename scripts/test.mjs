// npm test and npm run test:full: installs what is missing, checks types and style, runs the tests. Any Node >= 20.
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { install } from './install.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))
const full = process.argv.includes('--full')
const node = install()

function run(title, command, args, env = {}) {
  process.stderr.write(`\n== ${title}\n`)
  const done = spawnSync(command, args, { cwd: root, stdio: 'inherit', env: { ...process.env, ...env } })
  if (done.status !== 0) process.exit(done.status ?? 1)
}

run('types', node, ['node_modules/typescript/bin/tsc', '--noEmit'])
run('style', node, ['node_modules/@biomejs/biome/bin/biome', 'check', '.'])
run(
  full ? 'tests, the long ones too' : 'tests',
  node,
  [
    '--disable-warning=ExperimentalWarning',
    '--test',
    '--test-concurrency=2',
    'src/**/*.test.ts',
    'test/**/*.test.ts',
    'bench/**/*.test.ts',
  ],
  full ? { FDP_TEST_FULL: '1' } : {},
)
