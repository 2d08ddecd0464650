// What set-up needs from the machine beside Node and npm. Says what to install; installs it itself only as root with CI or FDP_INSTALL=1.
import { spawnSync } from 'node:child_process'
import { accessSync, constants, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'

const needs = [
  {
    command: 'mkfifo',
    package: 'coreutils',
    why: 'files are read through a named pipe, so that nothing plain is written to disk',
  },
]

function isThere(command) {
  return (process.env.PATH ?? '').split(delimiter).some((folder) => {
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

/** Ends the process with what to do if something is missing that cannot be installed here. */
export function checkSurroundings() {
  if (process.platform === 'win32') return
  for (const need of needs.filter(({ command }) => !isThere(command))) {
    const mayInstall = process.getuid?.() === 0 && (process.env.CI || process.env.FDP_INSTALL === '1')
    if (mayInstall && isThere('apt-get')) {
      say(`installing ${need.package}: ${need.why}`)
      spawnSync('apt-get', ['install', '-y', '-qq', need.package], { stdio: ['ignore', 2, 2] })
    }
    if (isThere(need.command)) continue
    say(
      `\`${need.command}\` is missing: ${need.why}\n  next: install the package ${need.package} (Debian and Ubuntu: \`apt-get install ${need.package}\`), then run the same command again`,
    )
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
