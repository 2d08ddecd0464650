import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { Io, PreparedHospital } from '#cli'

const program = fileURLToPath(new URL('./epr.ts', import.meta.url))
const beginsMsMax = 300_000

/** The hospital's system as a process beside this one. */
export interface HospitalProcess {
  /** Resolves when it has told everything once, or has ended. */
  readonly begun: Promise<void>
  close(): Promise<void>
}

export function startHospital(io: Io, { hospital, tenantFolder, folder }: PreparedHospital): HospitalProcess {
  const child = fork(program, [hospital.tenant, tenantFolder, folder], {
    ...{ execArgv: ['--disable-warning=ExperimentalWarning'], stdio: ['ignore', 'inherit', 'inherit', 'ipc'] },
  })
  let isClosing = false
  const ended = once(child, 'exit').then(() => {
    if (!isClosing)
      io.err('the hospital’s system has ended; what it told stays, and docks will say that nothing comes\n')
  })
  const waiting = new AbortController()
  const told = once(child, 'message', { signal: waiting.signal }).catch(() => {})
  const late = setTimeout(() => waiting.abort(), beginsMsMax).unref()
  return {
    begun: Promise.race([told, ended]).then(() => clearTimeout(late)),
    async close() {
      isClosing = true
      child.kill('SIGTERM')
      await ended
    },
  }
}
