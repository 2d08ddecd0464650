import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { ErasedPerson } from '#flows'
import { addMs, canonicalJson, type FdpError, type Instant, isFdpError, type JsonObject } from '#kernel'
import {
  eraseMessages,
  Landed,
  listenOptions,
  type MessageDock,
  messageErrors,
  messageEvents,
  parseMessageDock,
  recordLanded,
  runMessages,
} from '#messages'
import type { LinkTls, MessageListener } from '#ports'
import { again, type Tended } from './again.ts'
import { faultOf } from './fault.ts'
import type { Log } from './log.ts'
import type { FdpNode } from './node.ts'
import type { Tenant } from './tenant.ts'

const suffix = '.yaml'
const everyMs = 30_000
const minuteMs = 60_000
const shippedMaps = fileURLToPath(new URL('../../mappings/hl7v2/', import.meta.url))

/** A message dock by its name, or what is wrong with its file or a map that it names. */
export type DeclaredMessages = { readonly id: string } & ({ readonly dock: MessageDock } | { readonly wrong: FdpError })

/** What the folder `messages` of a tenant declares; a file that is not right does not keep the others from their work. */
export function readMessageDocks({ folder }: Pick<Tenant, 'folder'>): readonly DeclaredMessages[] {
  const place = join(folder, 'messages')
  if (!existsSync(place)) return []
  const names = readdirSync(place).filter((name) => /^[a-z0-9][a-z0-9-]{0,59}\.yaml$/.test(name))
  const mapText = (name: string) =>
    readFileSync(name.endsWith('.json') ? join(place, name) : join(shippedMaps, `${name}.json`), 'utf8')
  return names.sort().map((name) => {
    const id = name.slice(0, -suffix.length)
    try {
      return { id, dock: parseMessageDock(id, readFileSync(join(place, name), 'utf8'), mapText) }
    } catch (error) {
      if (isFdpError(error)) return { id, wrong: error }
      throw error
    }
  })
}

/** One message dock by its name. FDP_MESSAGES_UNKNOWN, or what is wrong with its declaration. */
export function messageDockOf(tenant: Tenant, id: string): MessageDock {
  const all = readMessageDocks(tenant)
  const found = all.find((each) => each.id === id)
  if (!found) throw messageErrors('FDP_MESSAGES_UNKNOWN', { dock: id, known: all.map((each) => each.id).join(', ') })
  if ('wrong' in found) throw found.wrong
  return found.dock
}

const opened = new WeakMap<Tenant, Map<string, Promise<Landed>>>()

/** What has landed at a message dock, read once in a process. */
export function landedAt({ adapters }: Pick<FdpNode, 'adapters'>, tenant: Tenant, dock: string): Promise<Landed> {
  const all = opened.get(tenant) ?? new Map<string, Promise<Landed>>()
  opened.set(tenant, all)
  const open = async () => {
    const { marks, rewritten } = await messageEvents(tenant.ledger, dock)
    const log = await adapters.openMessageLog(join(tenant.folder, 'messages', dock), tenant.keys)
    const openScratch = () => adapters.openScratch(join(tenant.folder, 'spill'))
    return await Landed.open({ log, openScratch, known: [...marks.values()], rewritten, clock: adapters.clock })
  }
  let found = all.get(dock)
  if (!found) {
    found = open()
    // What was damaged and is restored is opened by the next one who asks.
    found.catch(() => all.delete(dock))
    all.set(dock, found)
  }
  return found
}

/** Takes somebody who is erased out of every log of messages, also of docks that are not declared any more. */
export async function eraseFromMessages(
  node: Pick<FdpNode, 'adapters'>,
  tenant: Tenant,
  who: ErasedPerson,
): Promise<void> {
  const declared = new Map(readMessageDocks(tenant).map((each) => [each.id, each]))
  for (const dock of messageLogsOf(tenant)) {
    const found = declared.get(dock)
    const landed = await landedAt(node, tenant, dock)
    await eraseMessages(dock, found && 'dock' in found ? found.dock : null, landed, tenant.ledger, who)
  }
}

/** Names of the docks of which something has landed. */
export function messageLogsOf({ folder }: Pick<Tenant, 'folder'>): readonly string[] {
  const place = join(folder, 'messages')
  if (!existsSync(place)) return []
  const entries = readdirSync(place, { withFileTypes: true })
  return entries.flatMap((entry) => (entry.isDirectory() ? [entry.name] : [])).sort()
}

/** Lets go of what this process holds open of the logs. */
export async function closeMessages(tenant: Tenant): Promise<void> {
  const all = opened.get(tenant)
  opened.delete(tenant)
  for (const landed of all?.values() ?? []) await landed.then((each) => each.close()).catch(() => {})
}

interface Listening {
  /** The declaration and the certificates that it listens with. */
  readonly as: string
  readonly listener: MessageListener
}

/**
 * Listens at every message dock of every tenant, and twice a minute looks at the declarations anew, commits the ledger to what
 * has landed, and makes rows where it is time, until it is closed. What went wrong with one is logged by its code and does
 * not stop the others.
 */
export function tendMessages(
  node: FdpNode,
  log: Pick<Log, 'info' | 'warn' | 'error'>,
): Tended & { listening(tenant: string, dock: string): number | null } {
  const open = new Map<string, Listening>()
  const ran = new Map<string, Instant>()
  const tending = again(everyMs, async (ending) => {
    for (const tenant of node.tenants.values()) await lookAtAll(tenant, ending)
  })

  async function lookAtAll(tenant: Tenant, ending: AbortSignal): Promise<void> {
    const docks = readMessageDocks(tenant)
    const id = tenant.profile.id
    for (const [key, { listener }] of open) {
      const isThere = docks.some((each) => key === keyOf(id, each.id))
      if (!key.startsWith(keyOf(id, '')) || isThere) continue
      open.delete(key)
      await listener.close()
    }
    for (const each of docks) {
      if (ending.aborted) return
      if ('dock' in each) await lookAt(tenant, each.dock)
      else
        log.warn({ tenant: id, dock: each.id, code: each.wrong.code, ...each.wrong.params }, 'a message dock is wrong')
    }
  }

  /** Rows are made also where a port is taken, and messages taken also where rows cannot be made. */
  async function lookAt(tenant: Tenant, dock: MessageDock): Promise<void> {
    for (const step of [listen, makeRows]) {
      const about = { tenant: tenant.profile.id, dock: dock.id }
      try {
        await step(tenant, dock)
      } catch (error) {
        if (isFdpError(error)) log.warn({ ...about, code: error.code }, 'a message dock could not be looked at')
        else log.error({ ...about, fault: faultOf(error) }, 'a message dock could not be looked at')
      }
    }
  }

  async function makeRows(tenant: Tenant, dock: MessageDock): Promise<void> {
    const landed = await landedAt(node, tenant, dock.id)
    await recordLanded(dock, landed, tenant.flows)
    const key = keyOf(tenant.profile.id, dock.id)
    const now = node.adapters.clock.now()
    const last = ran.get(key)
    if (last !== undefined && now < addMs(last, dock.everyMinutes * minuteMs)) return
    ran.set(key, now)
    for (const done of await runMessages(dock, landed, tenant.flows)) {
      if (done.what !== 'unchanged') log.info({ tenant: tenant.profile.id, dock: dock.id, ...done }, 'messages')
    }
  }

  /** Anew where the declaration or a certificate has changed. */
  async function listen(tenant: Tenant, dock: MessageDock): Promise<void> {
    const key = keyOf(tenant.profile.id, dock.id)
    const tls = readTls(dock)
    const as = canonicalJson({ dock, tls } as unknown as JsonObject)
    const before = open.get(key)
    if (before?.as === as) return
    open.delete(key)
    await before?.listener.close()
    const landed = await landedAt(node, tenant, dock.id)
    const listener = await node.adapters.listenForMessages(listenOptions(dock, landed, tls, node.adapters))
    open.set(key, { as, listener })
    log.info({ tenant: tenant.profile.id, dock: dock.id, port: listener.port }, 'listening for messages')
  }

  return {
    listening: (tenant, dock) => open.get(keyOf(tenant, dock))?.listener.port ?? null,
    async close() {
      await tending.close()
      await Promise.all([...open.values()].map(({ listener }) => listener.close()))
      for (const tenant of node.tenants.values()) await closeLanded(tenant, log)
    },
  }
}

function keyOf(tenant: string, dock: string): string {
  return `${tenant} ${dock}`
}

/** The last messages are put on record before their log is closed. */
async function closeLanded(tenant: Tenant, log: Pick<Log, 'warn'>): Promise<void> {
  const all = opened.get(tenant)
  for (const each of readMessageDocks(tenant)) {
    try {
      const landed = await all?.get(each.id)
      if (landed && 'dock' in each) await recordLanded(each.dock, landed, tenant.flows)
    } catch (error) {
      if (!isFdpError(error)) throw error
      log.warn({ tenant: tenant.profile.id, dock: each.id, code: error.code }, 'a message dock could not be closed')
    }
  }
  await closeMessages(tenant)
}

/** FDP_MESSAGES_DECLARATION where a file cannot be read. */
function readTls({ id, tlsKey, tlsCert, tlsCa }: MessageDock): LinkTls | null {
  if (tlsKey === undefined || tlsCert === undefined) return null
  const text = (where: string, path: string) => {
    try {
      return readFileSync(path, 'utf8')
    } catch {
      throw messageErrors('FDP_MESSAGES_DECLARATION', { dock: id, where, what: 'no file to be read' })
    }
  }
  const ca = tlsCa === undefined ? {} : { ca: text('tlsCa', tlsCa) }
  return { key: text('tlsKey', tlsKey), cert: text('tlsCert', tlsCert), ...ca }
}
