// What set-up needs from the machine beside Node and npm. Says what to install; installs it itself only as root with CI or FDP_INSTALL=1.
import { spawnSync } from 'node:child_process'
import { accessSync, constants, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'

const needs = [
  {
    command: 'mkfifo',
    package: 'coreutils',
    why: 'files are read through a named pipe, so that nothing plain is written to disk',
  },
]

/** Without these, tests are skipped, which in CI is a failure. */
const needsOfTests = [
  {
    command: 'initdb',
    package: 'postgresql',
    why: 'the tests ask a PostgreSQL of their own, in a temporary folder',
  },
]

/** Debian puts the programs of a database server on no path. */
const debianPostgres = '/usr/lib/postgresql'

function folders() {
  const path = (process.env.PATH ?? '').split(delimiter)
  try {
    return [...path, ...readdirSync(debianPostgres).map((version) => join(debianPostgres, version, 'bin'))]
  } catch {
    return path
  }
}

function isThere(command) {
  return folders().some((folder) => {
    try {
      accessSync(join(folder, command), constants.X_OK)
      return true
    } catch {
      return false
    }
  })
}

function say(text) {
  process.stderr.write(`${text}\n`)
}

function mayInstall() {
  const isAsked = process.getuid?.() === 0 && (process.env.CI || process.env.FDP_INSTALL === '1')
  return isAsked && isThere('apt-get')
}

function install(need) {
  say(`installing ${need.package}: ${need.why}`)
  const options = { stdio: ['ignore', 2, 2], env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } }
  const apt = (...args) => spawnSync('apt-get', args, options)
  // A fresh machine may have no list of packages, or one whose packages are gone.
  if (apt('install', '-y', '-qq', need.package).status === 0) return
  apt('update', '-qq')
  apt('install', '-y', '-qq', need.package)
}

function missing(wanted) {
  for (const need of wanted) if (!isThere(need.command) && mayInstall()) install(need)
  return wanted.filter(({ command }) => !isThere(command))
}

function lacking(need) {
  return `\`${need.command}\` is missing: ${need.why}\n  next: install the package ${need.package} (Debian and Ubuntu: \`apt-get install ${need.package}\`), then run the same command again`
}

/** Says what only tests need and this machine has not. */
export function checkSurroundingsOfTests() {
  for (const need of process.platform === 'win32' ? [] : missing(needsOfTests)) say(lacking(need))
}

/** Ends the process with what to do if something is missing that cannot be installed here. */
export function checkSurroundings() {
  if (process.platform === 'win32') return
  const [need] = missing(needs)
  if (need) {
    say(lacking(need))
    process.exit(1)
  }
  try {
    rmSync(mkdtempSync(join(tmpdir(), 'openfdp-')), { recursive: true })
  } catch {
    say(
      `the folder for temporary files, \`${tmpdir()}\`, cannot be written\n  next: set TMPDIR to a folder that can, then run the same command again`,
    )
    process.exit(1)
  }
}
