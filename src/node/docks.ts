import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Dock, type DockDeps, type Done, DropWatch, dockErrors, parseDock, runDock } from '#docks'
import { type FdpError, isFdpError } from '#kernel'
import { again, type Tended } from './again.ts'
import { Connections, noteOf } from './connections.ts'
import { faultOf } from './fault.ts'
import type { Log } from './log.ts'
import type { FdpNode } from './node.ts'
import type { Tenant } from './tenant.ts'

const suffix = '.yaml'
const everyMs = 30_000

/** What the folder `docks` of a tenant declares; a file that is not right does not keep the others from their work. */
export function readDocks({ folder }: Pick<Tenant, 'folder'>): readonly (Dock | FdpError)[] {
  const place = join(folder, 'docks')
  if (!existsSync(place)) return []
  const names = readdirSync(place).filter((name) => /^[a-z0-9][a-z0-9-]{0,59}\.yaml$/.test(name))
  return names.sort().map((name) => {
    try {
      const read = (file: string) => readFileSync(join(place, file), 'utf8')
      return parseDock(name.slice(0, -suffix.length), read(name), read)
    } catch (error) {
      if (isFdpError(error)) return error
      throw error
    }
  })
}

/** One dock by its name. FDP_DOCK_UNKNOWN, or what is wrong with its declaration. */
export function dockOf(tenant: Tenant, id: string): Dock {
  const all = readDocks(tenant)
  const found = all.find((each) => (isFdpError(each) ? each.params.dock : each.id) === id)
  if (!found) {
    const known = all.flatMap((each) => (isFdpError(each) ? [] : [each.id])).join(', ')
    throw dockErrors('FDP_DOCK_UNKNOWN', { dock: id, known })
  }
  if (isFdpError(found)) throw found
  return found
}

export function dockDeps(node: FdpNode, tenant: Tenant, watch: DropWatch, connections: Connections): DockDeps {
  return {
    ...{ flows: tenant.flows, openDrop: node.adapters.openDrop, watch },
    connection: (name) => connections.of(name),
    note: (dock) => noteOf(tenant.folder, dock),
  }
}

/**
 * Looks at every dock of every tenant twice a minute, until it is closed. One that is slow keeps no other waiting; what went
 * wrong with one is logged by its code. Declarations are read anew each time.
 */
export function tendDocks(node: FdpNode, log: Pick<Log, 'info' | 'warn' | 'error'>): Tended {
  const tended = [...node.tenants].map(([id, tenant]) => {
    const connections = new Connections(tenant.folder, node.adapters.connections)
    return { id, tenant, connections, deps: dockDeps(node, tenant, new DropWatch(), connections) }
  })
  const looks = new Map<string, Promise<void>>()
  const looking = again(everyMs, async () => {
    for (const { id, tenant, deps } of tended) lookAtAll(id, tenant, deps)
  })
  function lookAtAll(id: string, tenant: Tenant, deps: DockDeps): void {
    for (const dock of readDocks(tenant)) {
      if (isFdpError(dock)) log.warn({ tenant: id, code: dock.code, ...dock.params }, 'a dock is not declared right')
      else lookOnce(`${id} ${dock.id}`, () => lookAt(log, id, dock, () => runDock(dock, deps)))
    }
  }
  function lookOnce(name: string, look: () => Promise<void>): void {
    if (looks.has(name)) return
    const looked = look().finally(() => looks.delete(name))
    looks.set(name, looked)
  }
  return {
    async close() {
      await looking.close()
      // What is being asked fails, instead of being waited for.
      await Promise.all(tended.map(({ connections }) => connections.close()))
      await Promise.all(looks.values())
    },
  }
}

async function lookAt(
  log: Pick<Log, 'info' | 'warn' | 'error'>,
  tenant: string,
  { id: dock }: Dock,
  run: () => Promise<readonly Done[]>,
): Promise<void> {
  try {
    for (const done of await run()) log.info({ tenant, dock, ...done }, 'dock')
  } catch (error) {
    if (isFdpError(error)) log.warn({ tenant, dock, code: error.code }, 'a dock could not be looked at')
    else log.error({ tenant, dock, fault: faultOf(error) }, 'a dock could not be looked at')
  }
}
