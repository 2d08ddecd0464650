import type { Command } from 'commander'
import { type Expiring, planRetention, type RetentionRules, runRetention } from '#flows'
import { checkOfficer, nodeErrors, readRetention, type Tenant } from '#node'
import { type Io, printRows } from '../io.ts'
import { type Act, noun } from '../program.ts'
import { actingOptions, contextOf } from '../scene.ts'

const verbs = [
  ['plan', planRetention, 'what has outlived its rule, and what a legal hold keeps; nothing is destroyed'],
  ['run', runRetention, 'destroy what has outlived its rule now, as an officer; a running node does so every hour'],
] as const

/** `fdp retention plan`, `run`. */
export function retentionCommands(program: Command, act: Act): void {
  const retention = noun(program, 'retention', 'how long landed files, quarantine and older versions stay')
  for (const [verb, carryOut, description] of verbs) {
    act(actingOptions(retention.command(verb).description(description)), async (scene, options) => {
      const { tenant, context } = await scene.acting(contextOf(options))
      checkOfficer(tenant, context.subject)
      print(scene.io, await carryOut(tenant.flows, rulesOf(tenant)))
    })
  }
}

/** Null: by what purposes need alone. */
function rulesOf(tenant: Tenant): RetentionRules | null {
  const rules = readRetention(tenant)
  const isSet = [...tenant.governance.state().purposes.values()].some(({ keeps }) => keeps.length > 0)
  if (!rules && !isSet) throw nodeErrors('FDP_NODE_NO_RETENTION', { tenant: tenant.profile.id })
  return rules
}

function print(io: Io, found: readonly Expiring[]): void {
  const rows = found.map(({ kind, object, id, since, purpose, holds }) => [
    kind,
    object ?? 'vault',
    id.slice(0, 12),
    since,
    purpose === null ? 'rule of the tenant' : `purpose ${purpose}`,
    holds.join(', '),
  ])
  printRows(io, ['kind', 'of', 'id', 'since', 'because', 'keptBy'], rows)
}
