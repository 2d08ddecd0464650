// Installs the npm packages when they are missing or older than the lock file. Runs on any Node >= 20, before anything else is there.
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const stamp = `${root}node_modules/.fdp-installed`
const node24 = `${root}node_modules/.bin/node${process.platform === 'win32' ? '.cmd' : ''}`

/** Makes node_modules match package-lock.json; returns the path of the Node 24 that the project runs on. */
export function install() {
  const wanted = createHash('sha256')
    .update(readFileSync(`${root}package-lock.json`))
    .digest('hex')
  if (!existsSync(stamp) || readFileSync(stamp, 'utf8') !== wanted) {
    process.stderr.write('installing packages (once; about 450 MB)\n')
    // Not `npm ci`: it refuses a lock file in which a registry lacks an optional build for another platform.
    const done = spawnSync(
      'npm',
      ['install', '--no-save', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'],
      {
        cwd: root,
        stdio: ['ignore', 'inherit', 'inherit'],
        shell: process.platform === 'win32',
      },
    )
    if (done.status !== 0) {
      process.stderr.write(
        'npm install failed; read its message above, mend the network or the disk, and run the same command again\n',
      )
      process.exit(1)
    }
    writeFileSync(stamp, wanted)
  }
  if (!existsSync(node24)) {
    process.stderr.write(
      `no Node 24 build for ${process.platform}-${process.arch} came with the packages; install Node 24 and put it first on PATH\n`,
    )
    return process.execPath
  }
  return node24
}
