/** Child of outbound-kill.test.ts: sends what waits in the queue of a home folder until nothing does, or it is killed. */
import { writeSync } from 'node:fs'
import { routeOf, sendWaiting } from '#node'
import { queueOf } from '../outbound-peer.ts'
import { openWorld } from '../world.ts'

const [home = ''] = process.argv.slice(2)
const world = await openWorld({ home })
const route = routeOf(world.tenant(), 'pas')
while ((await queueOf(world)).waiting.size > 0) await sendWaiting(world.node, world.tenant(), route)
await world.node.close()
writeSync(1, 'done\n')
process.exit(0)
