import { isAbsolute, resolve } from 'node:path'
import type { Command } from 'commander'
import type { Session } from '#gate'
import type { Adapters, FdpNode, Tenant } from '#node'
import type { Product } from '#products'
import { type ActingContext, actingContext, type ContextOptions, contextStore } from './acting-context.ts'
import type { Io } from './io.ts'

/** What main.ts gives the command line: the node of this home folder, opened when first needed, and the products. */
export interface Host {
  readonly home: string
  /** Of this program. */
  readonly version: string
  readonly adapters: Adapters
  node(): Promise<FdpNode>
  /** The node if this process serves it; null in a process that lives for one command. */
  readonly serving: FdpNode | null
  readonly products: () => Promise<readonly Product[]>
  /** Opens a file that the person named. */
  readonly openFile: (path: string) => Promise<import('#ports').Source>
}

/** One command being carried out. */
export interface Scene {
  readonly io: Io
  readonly host: Host
  acting(options: ContextOptions): Promise<Acting>
  path(given: string): string
}

export interface Acting {
  readonly context: ActingContext
  readonly node: FdpNode
  readonly tenant: Tenant
  /** A session at the gate; closed when the command ends. */
  session(): Promise<Session>
}

export interface SceneEnd {
  readonly scene: Scene
  readonly end: () => Promise<void>
}

export function openScene(io: Io, host: Host): SceneEnd {
  const sessions: Session[] = []
  const scene: Scene = {
    io,
    host,
    path: (given) => (isAbsolute(given) ? given : resolve(io.cwd, given)),
    async acting(options) {
      const context = await actingContext(contextStore(host.home), options)
      const node = await host.node()
      const tenant = node.tenant(context.tenant)
      const { subject, purpose, because } = context
      const open = async () => {
        const session = await tenant.gate.open({ subject, purpose, ...(because ? { justification: because } : {}) })
        sessions.push(session)
        return session
      }
      return { context, node, tenant, session: open }
    },
  }
  return {
    scene,
    end: async () => {
      for (const session of sessions) await session.close()
    },
  }
}

/** A command's handler gets the scene and its own arguments. */
export type Handler = (scene: Scene, options: Record<string, unknown>, args: readonly string[]) => Promise<void>

/** Adds the options by which a command says who acts, for what, where. */
export function actingOptions(command: Command): Command {
  return command
    .option('--tenant <id>', 'at which tenant')
    .option('--as <person>', 'who acts')
    .option('--purpose <id>', 'for what')
    .option('--because <text>', 'a reason, where the purpose asks for one')
}

export function contextOf(options: Record<string, unknown>): ContextOptions {
  const text = (name: string) => (typeof options[name] === 'string' ? { [name]: options[name] as string } : {})
  return { ...text('tenant'), ...text('as'), ...text('purpose'), ...text('because') }
}
