import { createHash } from 'node:crypto'
import { cp, mkdir, mkdtemp, readdir, readFile, rename, rm, stat, utimes } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { systemClock } from '#kernel'

/*
 * Homes that take long to make, made once and copied: for a state of the sources and whatever else `name` says, by
 * whichever process comes first; the others wait for it. Left behind in the temporary folder; after a day they go.
 */

const prefix = 'openfdp-kept-'
const dayMs = 86_400_000
const lookMs = 100
const waitMsMax = 600_000
/** A lock that nobody has touched for as long: whoever held it is gone. */
const lockMsMax = 60_000

/** A copy, the caller's own, of the home that `make` fills. */
export async function keptHome(name: string, make: (home: string) => Promise<void>): Promise<string> {
  const kept = join(tmpdir(), `${prefix}${name}-${await sourcesHash()}`)
  await made(kept, make)
  const home = await mkdtemp(join(tmpdir(), 'openfdp-world-'))
  await cp(kept, home, { recursive: true })
  return home
}

async function made(kept: string, make: (home: string) => Promise<void>): Promise<void> {
  const lock = `${kept}.lock`
  for (let waitedMs = 0; waitedMs < waitMsMax; waitedMs += lookMs) {
    if (await isThere(kept)) return
    if (await mkdir(lock).then(yes, no)) return await makeLocked(kept, lock, make)
    if ((await ageMs(lock)) > lockMsMax) await rm(lock, { recursive: true, force: true })
    await wait(lookMs)
  }
  throw new Error(`nobody finished ${kept}`)
}

async function makeLocked(kept: string, lock: string, make: (home: string) => Promise<void>): Promise<void> {
  const alive = setInterval(() => {
    const now = new Date(systemClock.now())
    utimes(lock, now, now).catch(no)
  }, lookMs * 10)
  try {
    if (await isThere(kept)) return
    await sweep(kept)
    const making = await mkdtemp(join(tmpdir(), 'openfdp-world-making-'))
    await make(making)
    await rename(making, kept)
  } finally {
    clearInterval(alive)
    await rm(lock, { recursive: true, force: true })
  }
}

/** Folders of what a home is made from and by; what reads it is left out, so that work on that does not make it anew. */
const madeBy = ['adapters', 'contracts', 'flows', 'governance', 'ledger', 'node', 'privacy', 'synthetic']

async function sourcesHash(): Promise<string> {
  const hash = createHash('sha256')
  const root = new URL('..', import.meta.url).pathname
  const here = [
    ...['test/full-plan.ts', 'test/full-world.ts', 'test/world.ts', 'test/world-rows.ts'],
    ...['policies/access.cedar', 'policies/schema.cedarschema'],
  ]
  const there = await Promise.all(
    madeBy.map(async (folder) => {
      const names = await readdir(join(root, 'src', folder), { recursive: true })
      return names.map((name) => join('src', folder, name)).filter((name) => /(?<!\.test)\.(ts|json)$/.test(name))
    }),
  )
  for (const name of [...here, ...there.flat()].toSorted()) hash.update(name).update(await readFile(join(root, name)))
  return hash.digest('hex').slice(0, 16)
}

/** Homes of another day. */
async function sweep(keep: string): Promise<void> {
  for (const name of await readdir(tmpdir())) {
    const path = join(tmpdir(), name)
    if (!name.startsWith(prefix) || path.startsWith(keep)) continue
    if ((await ageMs(path)) > dayMs) await rm(path, { recursive: true, force: true })
  }
}

async function ageMs(path: string): Promise<number> {
  const { mtimeMs } = await stat(path).catch(() => ({ mtimeMs: Number.POSITIVE_INFINITY }))
  return Date.parse(systemClock.now()) - mtimeMs
}

const yes = () => true
const no = () => false
const isThere = (path: string) => stat(path).then(yes, no)
