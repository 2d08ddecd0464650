import { join } from 'node:path'
import type { Command } from 'commander'
import { auditLeases, replayReads, sessionsOf, workLog } from '#audit'
import { personKinds } from '#governance'
import { verifyLedger } from '#ledger'
import type { Tenant } from '#node'
import { cliErrors } from '../errors.ts'
import { printRows, printWords } from '../io.ts'
import { type Act, noun } from '../program.ts'
import {
  readBeginningOption,
  readChoiceOption,
  readMomentOption,
  readOdsOption,
  readPersonOption,
} from '../read-option.ts'
import type { Scene } from '../scene.ts'
import { lineageCommand } from './audit-lineage.ts'
import { auditPersonCommands } from './audit-person.ts'
import { auditReviewCommands } from './audit-review.ts'
import { incidentCommands } from './incident.ts'
import { rightsCommands } from './rights.ts'
import { tenantsOf } from './tenants-of.ts'

/** `fdp audit …`, `fdp incident …`, `fdp rights …`; here `sessions`, `work`, `replay`. */
export function auditCommands(program: Command, act: Act): void {
  const audit = noun(program, 'audit', 'what was done, by whom, and whether it should have been')
  sessionsCommand(audit, act)
  workCommand(audit, act)
  replayCommand(audit, act)
  lineageCommand(audit, act)
  const rights = noun(program, 'rights', 'what people ask under UK GDPR, with clocks')
  auditPersonCommands(audit, rights, act)
  auditReviewCommands(audit, act)
  rightsCommands(rights, act)
  incidentCommands(program, act)
}

function sessionsCommand(audit: Command, act: Act): void {
  act(
    audit
      .command('sessions')
      .description('who is looking now: sessions that are open')
      .option('--tenant <id>', 'one tenant only')
      .option('--all', 'ended ones too'),
    async (scene, options) => {
      const rows = []
      for (const tenant of await tenantsOf(scene, options)) {
        const sessions = await sessionsOf(tenant.ledger.entries(), tenant.gate.openSessions())
        for (const { session, subject, purpose, openedAt, lastAt, reads, state } of sessions) {
          if (state !== 'open' && !options.all) continue
          rows.push([tenant.profile.id as string, session, subject, purpose, openedAt, lastAt, reads, state])
        }
      }
      const columns = ['tenant', 'session', 'person', 'purpose', 'openedAt', 'lastAt', 'reads', 'state']
      printRows(scene.io, columns, rows)
    },
  )
}

function workCommand(audit: Command, act: Act): void {
  const place = (option: string) => ({ option, command: 'audit work' })
  act(
    audit
      .command('work')
      .description('what people did: sessions, reads, refusals, what they signed')
      .option('--tenant <id>', 'one tenant only')
      .option('--person <id>', 'one person')
      .option('--employer <ods>', 'everybody of one organisation')
      .option('--kind <kind>', personKinds.join(', '))
      .option('--outsiders', 'everybody who is not the controller’s own staff')
      .option('--from <moment>', 'from a day or moment on')
      .option('--to <moment>', 'up to a day or moment'),
    async (scene, options) => {
      const filter = {
        ...(options.person === undefined ? {} : { person: readPersonOption(options.person, place('--person')) }),
        ...(options.employer === undefined ? {} : { employer: readOdsOption(options.employer, place('--employer')) }),
        ...(options.kind === undefined ? {} : { kind: readChoiceOption(options.kind, place('--kind'), personKinds) }),
        ...(options.outsiders ? { outsiders: true } : {}),
        ...(options.from === undefined ? {} : { from: readBeginningOption(options.from, place('--from')) }),
        ...(options.to === undefined ? {} : { to: readMomentOption(options.to, place('--to')) }),
      }
      const rows = []
      for (const tenant of await tenantsOf(scene, options)) {
        const lines = await workLog(() => tenant.ledger.entries(), tenant.governance.state(), filter)
        for (const { entry, at, person, did, purpose, object, level, columns, rows: left, grant, says } of lines) {
          rows.push([
            ...[tenant.profile.id as string, entry, at, person, did, purpose, object, level],
            ...[scene.io.isTerminal ? columns.length : columns.join(','), left, grant, says],
          ])
        }
      }
      const columns = ['tenant', 'entry', 'at', 'person', 'did', 'purpose', 'object', 'level', 'columns', 'rows']
      printRows(scene.io, [...columns, 'grant', 'says'], rows)
    },
  )
}

function replayCommand(audit: Command, act: Act): void {
  act(
    audit
      .command('replay')
      .option('--tenant <id>', 'one tenant only')
      .description(
        'decide every logged read and refusal again, by the policies of its day; hold leases and tree to it',
      ),
    async (scene, options) => {
      let findings = 0
      for (const tenant of await tenantsOf(scene, options)) findings += await replayTenant(scene, tenant)
      if (findings > 0) throw cliErrors('FDP_CLI_REPLAY', { findings })
    },
  )
}

/** Prints one tenant's audit; returns the number of findings. */
async function replayTenant({ io, host }: Scene, tenant: Tenant): Promise<number> {
  const { ledger, profile, governance, keys } = tenant
  const report = await replayReads(ledger, profile.id, governance.policies)
  const leases = await auditLeases(tenant)
  await ledger.settle()
  const reader = host.adapters.ledgerReader(join(tenant.folder, 'ledger'))
  const tree = await verifyLedger(reader, profile.vkey, { keys })
  const strays = leases.leasesWithoutEntry.map(
    ({ store, entry }) => `  entry ${entry}: a lease of the ${store} without its entry`,
  )
  const bare = leases.readsWithoutLease.map(
    (entry) => `  entry ${entry}: a read that gave something out without a lease`,
  )
  const found = report.findings.map(
    ({ entry, kind, object, says }) => `  entry ${entry}, ${kind}${object === '' ? '' : `, ${object}`}: ${says}`,
  )
  const damage = tree.findings.map(({ file, what }) => `  ${file}: ${what}`)
  const undecided = report.undecided.map(({ entry, why }) => `  entry ${entry}: NOT DECIDED AGAIN: ${why}`)
  const gone = report.notRecomputable.map(
    ({ entry, by }) => `  entry ${entry}: NOT TO BE COMPUTED AGAIN: entry ${by} destroyed what it read`,
  )
  const lines = [...found, ...strays, ...bare, ...damage]
  const words = [
    `${profile.id}: ${report.reads} reads of ${report.relations} object types and ${report.refusals} refusals decided again, by ` +
      `${report.policies.length} sets of policies; ${report.undecided.length} not decided; ${report.overtaken.length} overtaken; ` +
      `${leases.readsWithoutEnd.length} without an end; tree ${tree.ok ? 'verified' : 'NOT VERIFIED'}`,
    ...lines,
    ...undecided,
    ...gone,
  ]
  printWords(io, words, {
    tenant: profile.id,
    ...report,
    leases,
    tree: { ok: tree.ok, size: tree.size, root: tree.root },
  })
  await io.drained()
  return lines.length + tree.findingsLeftOut
}
