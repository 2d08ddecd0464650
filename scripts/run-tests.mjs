// Runs every test file in a process of its own, those that take longest first: a long one begun last would leave a core
// idle for minutes. Needs the project's own Node; scripts/test.mjs starts it.
import { globSync } from 'node:fs'
import { run } from 'node:test'
import { spec } from 'node:test/reporters'
import { fileURLToPath } from 'node:url'
import { longFirst } from './long-first.mjs'
import skips from './skips.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))
const timeout = Number(process.argv[2])
/** On two cores: a third goes on while others wait for a disk or a clock. Of the long ones two fill memory as it is. */
const concurrency = process.env.FDP_TEST_FULL === '1' ? 2 : 3
const found = globSync('{src,test,bench}/**/*.test.ts', { cwd: root }).toSorted()
const gone = longFirst.filter((file) => !found.includes(file))
if (gone.length > 0) throw new Error(`scripts/long-first.mjs names what is not there: ${gone.join(', ')}`)
const files = [...longFirst, ...found.filter((file) => !longFirst.includes(file))]

const results = run({ files: files.map((file) => `${root}${file}`), cwd: root, concurrency, timeout })
results.on('test:fail', ({ todo }) => {
  if (todo === undefined || todo === false) process.exitCode = 1
})
results.compose(spec).pipe(process.stdout)
results.compose(skips).pipe(process.stderr)
