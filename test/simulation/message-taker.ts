/**
 * Child of message-kill.test.ts: takes messages in at a message dock until it is killed. Arguments: the tenant's folder, and
 * after how many stored messages it no longer answers. Says its port, and when it has come to that.
 */
import { writeSync } from 'node:fs'
import { openFlowTenant } from '../flow-tenant.ts'
import { dockOf, listenAt, openLanded } from '../message-dock.ts'

const [folder = '', silentAfter = ''] = process.argv.slice(2)
const tenant = await openFlowTenant(folder)
const dock = dockOf()
const landed = await openLanded(tenant, dock)
const store = landed.store.bind(landed)
let stored = 0
landed.store = async (...message) => {
  await store(...message)
  if (++stored < Number(silentAfter)) return
  writeSync(1, 'stored\n')
  await new Promise(() => {})
}
const listener = await listenAt(dock, landed)
writeSync(1, `${listener.port}\n`)
// Whatever nothing speaks of any more would be closed in passing.
Object.assign(globalThis, { tenant })
