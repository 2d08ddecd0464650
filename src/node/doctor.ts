import { execFileSync } from 'node:child_process'
import { existsSync, statfsSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { type Instant, msBetween } from '#kernel'
import type { FdpNode } from './node.ts'
import { storesAgree } from './stores-agree.ts'

export interface Check {
  readonly what: string
  readonly outcome: 'good' | 'warning' | 'bad'
  readonly says: string
}

const diskFreeMin = 5 * 1024 ** 3
const clockBehindMsMax = 0

/** Looks at everything that must hold around the program: volume, disk, clock, keys, versions, stores. Changes nothing. */
export async function doctor(node: FdpNode, program: { node: string; version: string }): Promise<readonly Check[]> {
  const checks: Check[] = [volume(node.home), disk(node.home), versions(program)]
  for (const tenant of node.tenants.values()) {
    const name = tenant.profile.id
    checks.push(keysOf(name, join(tenant.folder, 'keys')))
    checks.push(clockOf(name, node.adapters.clock.now(), tenant.governance.state().lastTime))
    const wrong = await storesAgree(tenant)
    checks.push({
      what: `${name}: lake and vault`,
      outcome: wrong.length === 0 ? 'good' : 'bad',
      says:
        wrong.length === 0
          ? 'every version that the ledger makes current is there, byte for byte'
          : `not as sealed: ${wrong.slice(0, 3).join(', ')}`,
    })
    const standstill = tenant.standstill()
    if (standstill) checks.push({ what: `${name}: reads`, outcome: 'bad', says: `refused: ${standstill.message}` })
  }
  return checks
}

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
      ? { what, outcome: 'good', says: 'the home folder is on an encrypted device' }
      : {
          what,
          outcome: 'warning',
          says: 'the home folder is not on an encrypted device; use LUKS, FileVault or BitLocker for anything but synthetic data',
        }
  } catch {
    return {
      what,
      outcome: 'warning',
      says: 'this system does not say whether the volume is encrypted; make sure that it is',
    }
  }
}

function disk(home: string): Check {
  const { bavail, bsize } = statfsSync(existsSync(home) ? home : '.')
  const free = bavail * bsize
  const says = `${Math.floor(free / 1024 ** 3)} GiB free`
  return { what: 'disk', outcome: free >= diskFreeMin ? 'good' : 'warning', says }
}

function versions({ node, version }: { node: string; version: string }): Check {
  const major = Number(/^v(\d+)/.exec(node)?.[1])
  return { what: 'versions', outcome: major >= 24 ? 'good' : 'bad', says: `OpenFDP ${version} on Node ${node}` }
}

function keysOf(tenant: string, folder: string): Check {
  const mode = statSync(folder).mode & 0o777
  const open = (mode & 0o077) !== 0
  return {
    what: `${tenant}: keys`,
    outcome: open ? 'bad' : 'good',
    says: open ? `others can look into the key folder (mode ${mode.toString(8)})` : 'only this user can read them',
  }
}

function clockOf(tenant: string, now: Instant, last: Instant): Check {
  const behindMs = msBetween(now, last)
  return {
    what: `${tenant}: clock`,
    outcome: behindMs > clockBehindMsMax ? 'bad' : 'good',
    says:
      behindMs > clockBehindMsMax
        ? `behind the last ledger entry by ${behindMs} ms: reads are refused`
        : 'not behind the ledger',
  }
}
