import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, statfsSync, statSync } from 'node:fs'
import { basename, join } from 'node:path'
import { auditLeases } from '#audit'
import { type GovernanceState, openingsNow, overdueOpenings, unreviewedOpenings } from '#governance'
import { type Instant, isFdpError, msBetween } from '#kernel'
import type { BackupKeys } from './backup-keys.ts'
import { landedAt, messageLogsOf } from './messages.ts'
import type { FdpNode } from './node.ts'
import { storesAgree } from './stores-agree.ts'
import type { Tenant } from './tenant.ts'

export interface Check {
  readonly what: string
  readonly outcome: 'good' | 'warning' | 'bad'
  readonly says: string
}

const diskFreeMin = 5 * 1024 ** 3
const nodeMajorMin = 24
const othersMask = 0o077

/**
 * Looks at everything that must hold around the program: volume, disk, clock, keys, versions, stores, leases. Changes
 * nothing. A node that cannot be opened is a finding like any other.
 */
export async function doctor(
  home: string,
  open: () => Promise<FdpNode>,
  program: { node: string; version: string },
): Promise<readonly Check[]> {
  const around = [volume(home), disk(home), versions(program)]
  let node: FdpNode
  try {
    node = await open()
  } catch (error) {
    if (!isFdpError(error)) throw error
    return [...around, bad('opening the tenants', `${error.message}; ${error.help}`)]
  }
  const checks = await Promise.all([...node.tenants.values()].map((tenant) => checksOf(node, tenant)))
  return [...around, ...checks.flat()]
}

async function checksOf(node: FdpNode, tenant: Tenant): Promise<Check[]> {
  const name = tenant.profile.id
  const stores = await answered(`${name}: lake and vault`, () => storesOf(name, tenant))
  const leases = await answered(`${name}: leases`, () => leasesOf(name, tenant))
  const messages = await answered(`${name}: messages`, () => messagesOf(name, node, tenant))
  const standstill = tenant.standstill()
  const unfinished = tenant.unfinished()
  return [
    keysOf(name, join(tenant.folder, 'keys')),
    clockOf(name, node.adapters.clock.now(), tenant.governance.state().lastTime),
    stores,
    leases,
    messages,
    standstill === null
      ? good(`${name}: reads`, 'answered')
      : bad(`${name}: reads`, `refused: ${standstill.message}; ${standstill.help}`),
    unfinished === null
      ? good(`${name}: submissions`, 'every one that was acknowledged is finished')
      : bad(`${name}: submissions`, `one is waiting: ${unfinished.message}; ${unfinished.help}`),
    openingsOf(name, tenant.governance.state(), node.adapters.clock.now()),
    backupsOf(name, tenant.backupKeys),
  ]
}

/** A check that cannot be made is a bad one: a ledger that has stopped answers nothing. */
async function answered(what: string, look: () => Promise<Check>): Promise<Check> {
  try {
    return await look()
  } catch (error) {
    if (!isFdpError(error)) throw error
    return bad(what, `${error.message}; ${error.help}`)
  }
}

async function storesOf(name: string, tenant: Tenant): Promise<Check> {
  const wrong = await storesAgree(tenant)
  return wrong.length === 0
    ? good(`${name}: lake and vault`, 'every version that the ledger makes current is there, byte for byte')
    : bad(`${name}: lake and vault`, `not as sealed: ${wrong.slice(0, 3).join(', ')}`)
}

/** Opening a log holds each segment against what the ledger says of it. */
async function messagesOf(name: string, node: FdpNode, tenant: Tenant): Promise<Check> {
  const docks = messageLogsOf(tenant)
  let count = 0
  for (const dock of docks) count += (await landedAt(node, tenant, dock)).tally.total.landed
  return good(`${name}: messages`, `${docks.length} logs open and are what the ledger says; messages in them: ${count}`)
}

async function leasesOf(name: string, tenant: Tenant): Promise<Check> {
  const what = `${name}: leases`
  const { leasesWithoutEntry, readsWithoutLease, readsWithoutEnd } = await auditLeases(tenant)
  const stray = [...leasesWithoutEntry.map(({ entry }) => entry), ...readsWithoutLease]
  if (stray.length > 0) return bad(what, `leases and entries differ at entry ${stray.slice(0, 3).join(', ')}`)
  const count = readsWithoutEnd.length
  return good(what, `every lease has its entry; reads without an end on record, which count as whole: ${count}`)
}

const good = (what: string, says: string): Check => ({ what, outcome: 'good', says })
const bad = (what: string, says: string): Check => ({ what, outcome: 'bad', says })
const warning = (what: string, says: string): Check => ({ what, outcome: 'warning', says })

/** Care files are plain Parquet: the volume below must be encrypted. Known on Linux from the device mapper only. */
function volume(home: string): Check {
  const what = 'encrypted volume'
  try {
    const source = execFileSync('findmnt', ['-n', '-o', 'SOURCE', '-T', home], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim()
    const types = execFileSync('lsblk', ['-n', '-s', '-o', 'TYPE', source], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    return types.includes('crypt')
      ? good(what, 'the home folder is on an encrypted device')
      : warning(
          what,
          'the home folder is not on an encrypted device; use LUKS, FileVault or BitLocker for anything but synthetic data',
        )
  } catch {
    return warning(what, 'this system does not say whether the volume is encrypted; make sure that it is')
  }
}

function disk(home: string): Check {
  const { bavail, bsize } = statfsSync(existsSync(home) ? home : '.')
  const free = bavail * bsize
  const says = `${Math.floor(free / 1024 ** 3)} GiB free`
  return free >= diskFreeMin ? good('disk', says) : warning('disk', `${says}; free some before it is needed`)
}

function versions({ node, version }: { node: string; version: string }): Check {
  const major = Number(/^v(\d+)/.exec(node)?.[1])
  const says = `OpenFDP ${version} on Node ${node}`
  return major >= nodeMajorMin ? good('versions', says) : bad('versions', `${says}; Node ${nodeMajorMin} is needed`)
}

function keysOf(tenant: string, folder: string): Check {
  const paths = ['.', ...readdirSync(folder)].map((name) => join(folder, name))
  const open = paths.find((path) => (statSync(path).mode & othersMask) !== 0)
  return open === undefined
    ? good(`${tenant}: keys`, 'only this user can read them')
    : bad(`${tenant}: keys`, `others can look into \`${basename(open)}\`; run \`chmod -R u=rwX,go= ${folder}\``)
}

function clockOf(tenant: string, now: Instant, last: Instant): Check {
  const behindMs = msBetween(now, last)
  return behindMs > 0
    ? bad(`${tenant}: clock`, `behind the last ledger entry by ${behindMs} ms: reads are refused`)
    : good(`${tenant}: clock`, 'not behind the ledger')
}

/** An emergency is never hidden, and never forgotten. */
function openingsOf(tenant: string, state: GovernanceState, at: Instant): Check {
  const what = `${tenant}: openings`
  const [open, waiting, late] = [openingsNow(state, at), unreviewedOpenings(state), overdueOpenings(state, at)]
  const says = `emergencies and looks at one row: ${open.length} open now, ${waiting.length} to be reviewed, ${late.length} of them late`
  const next = '; run `./fdp break-glass list`'
  return open.length + waiting.length > 0 ? warning(what, `${says}${next}`) : good(what, says)
}

/** A backup made before an erasure does not open to what the erasure destroyed, everybody else's rows in it included. */
function backupsOf(tenant: string, keys: Pick<BackupKeys, 'last' | 'isLastWhole'>): Check {
  const what = `${tenant}: backups`
  if (keys.last === null) return warning(what, 'none was made yet; run `./fdp backup`')
  const { at, entries } = keys.last
  const says = `the last one is of ${at}, with ${entries} entries of the ledger`
  return keys.isLastWhole
    ? good(what, says)
    : warning(what, `${says}, and not whole any more: what it needs was destroyed since; run \`./fdp backup\` now`)
}
