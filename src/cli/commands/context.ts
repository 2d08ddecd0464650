import type { Command } from 'commander'
import { actingContext, contextStore } from '../acting-context.ts'
import type { Act } from '../program.ts'
import { actingOptions, contextOf } from '../scene.ts'

/** `fdp login`, `fdp logout`, `fdp whoami`. */
export function contextCommands(program: Command, act: Act): void {
  act(
    actingOptions(
      program.command('login').description('say who acts, for what and where, for the commands that follow'),
    ),
    async ({ host, io }, options) => {
      const store = contextStore(host.home)
      const { tenant, subject, purpose, because } = await actingContext(store, contextOf(options))
      ;(await host.node()).tenant(tenant)
      await store.write({ tenant, as: subject, purpose, ...(because ? { because } : {}) })
      io.err(`${subject} at ${tenant}, for ${purpose}; each read is decided when it is made\n`)
    },
  )
  act(program.command('logout').description('forget who acts'), ({ host }) => contextStore(host.home).clear())
  act(program.command('whoami').description('who acts, for what, where'), async ({ host, io }) => {
    const { tenant, subject, purpose } = await actingContext(contextStore(host.home), {})
    io.out(`${JSON.stringify({ tenant, as: subject, purpose })}\n`)
  })
}
