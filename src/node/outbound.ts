import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { hl7Language } from '#hl7v2'
import { addMs, type FdpError, type Instant, isFdpError } from '#kernel'
import {
  endRoute,
  type OutboundDone,
  type OutboundLink,
  type OutboundRoute,
  openOutboundLink,
  outboundErrors,
  outboundQueues,
  parseOutboundRoute,
  runOutbound,
} from '#outbound'
import type { SendOptions } from '#ports'
import { type Product, shippedProducts } from '#products'
import { again, type Tended } from './again.ts'
import { faultOf } from './fault.ts'
import type { Log } from './log.ts'
import type { FdpNode } from './node.ts'
import type { Tenant } from './tenant.ts'

const suffix = '.yaml'
const everyMs = 5_000
const secondMs = 1_000
const waitMsFirst = 5_000
const shippedMaps = fileURLToPath(new URL('../../mappings/hl7v2/outbound/', import.meta.url))

/** A queue by its name, or what is wrong with its file or a map that it names. */
export type DeclaredRoute = { readonly id: string } & ({ readonly route: OutboundRoute } | { readonly wrong: FdpError })

/** What the folder `outbound` of a tenant declares; a file that is not right does not keep the others from their work. */
export function readRoutes({ folder }: Pick<Tenant, 'folder'>): readonly DeclaredRoute[] {
  const place = join(folder, 'outbound')
  if (!existsSync(place)) return []
  const names = readdirSync(place).filter((name) => /^[a-z0-9][a-z0-9-]{0,59}\.yaml$/.test(name))
  const mapText = (name: string) =>
    readFileSync(`${join(name.startsWith('maps/') ? place : shippedMaps, name)}${suffix}`, 'utf8')
  return names.sort().map((name) => {
    const id = name.slice(0, -suffix.length)
    try {
      const route = parseOutboundRoute(id, readFileSync(join(place, name), 'utf8'), mapText)
      checkActions(route, shippedProducts())
      return { id, route }
    } catch (error) {
      if (isFdpError(error)) return { id, wrong: error }
      throw error
    }
  })
}

/** A name that no action has would send nothing, and nobody would be told. FDP_OUTBOUND_DECLARATION. */
function checkActions({ id: queue, messages }: OutboundRoute, products: readonly Product[]): void {
  for (const [i, { action, map }] of messages.entries()) {
    const found = products.flatMap(({ actions }) => (Object.hasOwn(actions, action) ? [actions[action]!] : []))
    const wrong = (where: string, what: string) =>
      outboundErrors('FDP_OUTBOUND_DECLARATION', { queue, where: `messages.${i}.${where}`, what })
    if (found.length === 0) throw wrong('action', 'no action has that name')
    const edited = found.flatMap(({ edits, parameters }) =>
      edits.flatMap((rule) => {
        if (rule.kind === 'create') return [rule.object]
        const parameter = parameters[rule.of]
        return rule.kind === 'modify' && parameter?.kind === 'object' ? [parameter.object] : []
      }),
    )
    if (!edited.includes(map.object)) throw wrong('map', 'the action does not change the object type of that map')
  }
}

/** One queue by its name. FDP_OUTBOUND_UNKNOWN, or what is wrong with its declaration. */
export function routeOf(tenant: Tenant, id: string): OutboundRoute {
  const all = readRoutes(tenant)
  const found = all.find((each) => each.id === id)
  if (!found) throw outboundErrors('FDP_OUTBOUND_UNKNOWN', { queue: id, known: all.map((each) => each.id).join(', ') })
  if ('wrong' in found) throw found.wrong
  return found.route
}

/** What this process knows of a queue: its link, and when it is next tried. */
interface Sending {
  link: { readonly as: string; readonly link: OutboundLink } | null
  turn: Promise<unknown>
  next: { readonly at: Instant; readonly waitMs: number } | null
}

const sendings = new WeakMap<Tenant, Map<string, Sending>>()

function sendingOf(tenant: Tenant, queue: string): Sending {
  const all = sendings.get(tenant) ?? new Map<string, Sending>()
  sendings.set(tenant, all)
  const found = all.get(queue) ?? { link: null, turn: Promise.resolve(), next: null }
  all.set(queue, found)
  return found
}

/** Sends what waits in a queue now, in turn with whoever else sends it in this process. */
export async function sendWaiting(
  node: FdpNode,
  tenant: Tenant,
  route: OutboundRoute,
  ending?: AbortSignal,
): Promise<OutboundDone> {
  const sending = sendingOf(tenant, route.id)
  const mine = sending.turn.then(async () => {
    const link = await linkOf(node, sending, route)
    const { ledger, gate, edits } = tenant
    return await runOutbound(route, link, { ledger, gate, edits }, ending)
  })
  sending.turn = mine.catch(() => {})
  return await mine
}

/** Anew where the declaration or a certificate has changed. */
async function linkOf(node: FdpNode, sending: Sending, route: OutboundRoute): Promise<OutboundLink> {
  const tls = readTls(route)
  const as = JSON.stringify([route.sha256, tls])
  if (sending.link?.as === as) return sending.link.link
  await sending.link?.link.close()
  sending.link = null
  const link = openOutboundLink(route, tls, hl7Language(node.adapters), node.adapters.openMessageSender)
  sending.link = { as, link }
  return link
}

/** FDP_OUTBOUND_DECLARATION where a file cannot be read. */
function readTls({ id: queue, tlsCa, tlsKey, tlsCert }: OutboundRoute): SendOptions['tls'] {
  if (tlsCa === undefined) return null
  const text = (where: string, path: string) => {
    try {
      return readFileSync(path, 'utf8')
    } catch {
      throw outboundErrors('FDP_OUTBOUND_DECLARATION', { queue, where, what: 'no file to be read' })
    }
  }
  const own =
    tlsKey === undefined || tlsCert === undefined ? {} : { key: text('tlsKey', tlsKey), cert: text('tlsCert', tlsCert) }
  return { ca: text('tlsCa', tlsCa), ...own }
}

/** The next look of the node sends at once, however long it was going to wait. */
export function sendSoon(tenant: Tenant, queue: string): void {
  sendingOf(tenant, queue).next = null
}

/**
 * Sends what waits in every queue of every tenant, every few seconds, until it is closed; a queue that fails is tried again
 * after longer and longer waits. Declarations are read anew each time. What went wrong with one is logged by its code and
 * keeps none of the others waiting.
 */
export function tendOutbound(node: FdpNode, log: Pick<Log, 'info' | 'warn' | 'error'>): Tended {
  const looks = new Map<string, Promise<void>>()
  const tending = again(everyMs, async (ending) => {
    for (const tenant of node.tenants.values()) await lookAtAll(tenant, ending)
  })

  async function lookAtAll(tenant: Tenant, ending: AbortSignal): Promise<void> {
    const id = tenant.profile.id
    const routes = readRoutes(tenant)
    await guarded({ tenant: id }, () => endOthers(tenant, routes))
    for (const each of routes) {
      const about = { tenant: id, queue: each.id }
      if ('wrong' in each) log.warn({ ...about, code: each.wrong.code, ...each.wrong.params }, 'a queue is wrong')
      else lookOnce(`${id} ${each.id}`, () => guarded(about, () => lookAt(tenant, each.route, ending)))
    }
  }

  function lookOnce(name: string, look: () => Promise<void>): void {
    if (looks.has(name)) return
    looks.set(
      name,
      look().finally(() => looks.delete(name)),
    )
  }

  async function lookAt(tenant: Tenant, route: OutboundRoute, ending: AbortSignal): Promise<void> {
    const sending = sendingOf(tenant, route.id)
    const now = node.adapters.clock.now()
    if (sending.next && now < sending.next.at) return
    const waitMs = Math.min((sending.next?.waitMs ?? waitMsFirst / 2) * 2, route.retrySecondsMax * secondMs)
    sending.next = { at: addMs(now, waitMs), waitMs }
    const done = await sendWaiting(node, tenant, route, ending)
    if (done.code === null) sending.next = null
    const about = { tenant: tenant.profile.id, queue: route.id, ...done }
    if (done.code !== null) log.warn(about, 'a queue cannot be sent')
    else if (done.sent + done.aside > 0) log.info(about, 'messages sent')
  }

  async function guarded(about: object, work: () => Promise<void>): Promise<void> {
    try {
      await work()
    } catch (error) {
      if (isFdpError(error)) log.warn({ ...about, code: error.code }, 'a queue could not be looked at')
      else log.error({ ...about, fault: faultOf(error) }, 'a queue could not be looked at')
    }
  }

  return {
    async close() {
      await tending.close()
      // What waits for an answer fails, instead of being waited for: it is sent again at the next start.
      for (const tenant of node.tenants.values()) {
        for (const { link } of sendings.get(tenant)?.values() ?? []) await link?.link.close()
        sendings.delete(tenant)
      }
      await Promise.all(looks.values())
    },
  }
}

/** Whoever takes a file away takes its queue away. */
async function endOthers({ ledger }: Tenant, routes: readonly DeclaredRoute[]): Promise<void> {
  for (const queue of (await outboundQueues(ledger)).keys()) {
    if (!routes.some(({ id }) => id === queue)) await endRoute(queue, ledger)
  }
}
