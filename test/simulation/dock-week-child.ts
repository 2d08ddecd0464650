/**
 * Child of dock-week.test.ts: looks at the docks of a home once, as a node does, and is killed when a submission reaches a
 * step. Arguments: the home folder, the moment, the step.
 */
import { DropWatch, runDock } from '#docks'
import { manualClock } from '#kernel'
import { Connections, dockDeps, dockOf } from '#node'
import { openWorld } from '../world.ts'

const [home, moment, killedAt] = process.argv.slice(2)
const world = await openWorld({ home: home!, adapters: { clock: manualClock(moment!) } })
const tenant = world.tenant()
const connections = new Connections(tenant.folder, world.node.adapters.connections)
const deps = dockDeps(world.node, tenant, new DropWatch(true), connections)
const progress = (step: string) => {
  if (step === killedAt) process.kill(process.pid, 'SIGKILL')
}
await runDock(dockOf(tenant, 'patients'), { ...deps, flows: { ...deps.flows, progress } })
