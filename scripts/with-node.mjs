// Runs a TypeScript entry point on the project's own Node 24, installing what is missing first.
import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { install } from './install.mjs'
import { checkSurroundings } from './surroundings.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))
const [entry, ...rest] = process.argv.slice(2)
checkSurroundings()
const child = spawn(install(), ['--disable-warning=ExperimentalWarning', `${root}${entry}`, ...rest], {
  stdio: 'inherit',
})
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal))
child.on('exit', (code, signal) => process.exit(signal ? 1 : (code ?? 1)))
