import { type ObjectType, objectType } from '#contracts'
import { decide, type GovernanceState, type Level, type RowScope } from '#governance'
import type { JsonObject } from '#kernel'
import { placement, shown } from '#privacy'
import { type Asker, rowLevels } from './decided.ts'
import type { GateDeps } from './deps.ts'
import type { EditRequest, EditWrite } from './edit.ts'
import { type RowEdit, wholeRow } from './edit-entries.ts'
import type { EditHost } from './edit-host.ts'
import type { Edit } from './edit-overlay.ts'
import { gateErrors } from './errors.ts'
import { propertyOf } from './relation-plan.ts'

/** A write with the grant that it rests on. */
export interface EditGrant {
  readonly write: EditWrite
  readonly rows: RowScope
  /** For the ledger, as relations of reads have it. */
  readonly fact: JsonObject
}

/** Whether whoever asks could carry out such an edit now, rows apart. No attempt at anything, so no entry. */
export function mayEdit(deps: GateDeps, asker: Asker, writes: readonly EditWrite[]): boolean {
  const state = deps.governance.state()
  return deps.edits !== undefined && writes.every((write) => typeof decideWrite(deps, asker, state, write) !== 'string')
}

/** Every write decided now, or the one error that tells nothing and an entry that tells why. */
export async function editGrants(
  host: EditHost,
  { writes }: Pick<EditRequest, 'writes'>,
): Promise<readonly EditGrant[]> {
  const { deps, refusals, subject, purpose } = host
  const state = deps.governance.state()
  const grants: EditGrant[] = []
  for (const write of writes) {
    const grant = decideWrite(deps, host, state, write)
    if (typeof grant !== 'string') {
      grants.push(grant)
      continue
    }
    const named = write.properties.filter((name) => !write.writeOnly.includes(name))
    const asked = { object: write.object, columns: [...write.properties], named }
    const reasons = grant.split(' ')
    await refusals.write({ subject, purpose, reasons, levels: [write.level], upTo: state.upTo, asked, action: 'edit' })
    throw gateErrors('FDP_GATE_NOT_AVAILABLE')
  }
  return grants
}

/** The grant for a write, or the codes of why there is none. */
function decideWrite(
  deps: GateDeps,
  { subject, purpose }: Asker,
  state: GovernanceState,
  write: EditWrite,
): EditGrant | string {
  const { object, level, properties, writeOnly, kind } = write
  const type = objectType(object)
  if (!properties.every((name) => canWrite(type, name, level, kind))) return 'edit-below-identifiable'
  const at = deps.clock.now()
  const asked = { subject, purpose, object, level, at } as const
  const columns = properties.length > 0 ? properties : [type.primaryKey]
  const decision = decide(state, { ...asked, columns, action: 'edit' }, deps.governance.policies)
  if (!decision.allowed) return [...new Set(decision.reasons.map(({ code }) => code))].join(' ')
  const named = properties.filter((name) => !writeOnly.includes(name))
  if (named.length > 0) {
    const read = decide(state, { ...asked, columns: named, action: 'read' }, deps.governance.policies)
    if (!read.allowed) return [...new Set(read.reasons.map(({ code }) => code))].join(' ')
  }
  const { grant, dpia, rows, basis } = decision
  const fact = {
    ...{ object, columns: [...columns], level, grant, dpia: { ...dpia }, policies: basis.policiesSha256 },
  } as JsonObject
  return { write, rows, fact }
}

/**
 * Below identifiable level an edit writes what lies in the lake exactly: identity, free text, and the numbers of other
 * records are written by those who may see them. The number of a new record is the node's.
 */
function canWrite(type: ObjectType, name: string, level: Level, kind: EditWrite['kind']): boolean {
  const property = propertyOf(type, name)
  if (shown(type, property, level).kind === 'hidden') return false
  if (level === 'identifiable') return true
  if (kind === 'create' && name === type.primaryKey) return true
  const { lake, vault } = placement(type, property)
  return lake === 'clear' && !vault
}

/**
 * The rows of a grant to edit hold before and after: nobody moves a row out of, or into, what their grant is about.
 * `inLake` is what the lake says of the row's scope now.
 */
export function isWithin(
  { kind, object, controller, after }: RowEdit,
  inLake: Readonly<Record<string, string | null>>,
  grants: readonly EditGrant[],
): boolean {
  const mine = grants.filter(({ write }) => write.object === object && write.kind === kind)
  return mine.some(({ rows: { controllers, where } }) => {
    if (controllers !== 'all' && !(controllers as readonly string[]).includes(controller)) return false
    return where.every(({ property, in: values }) => {
      const now = kind === 'create' ? [] : [inLake[property] ?? null]
      const then = Object.hasOwn(after, property) || kind === 'create' ? [after[property] ?? null] : []
      return [...now, ...then].every((value) => value !== null && values.includes(value))
    })
  })
}

/** The write of an edit that was made, to decide who may decide about it: at the most identifying level that is granted. */
export function writeAgain(deps: GateDeps, asker: Asker, { object, kind, properties }: Edit): EditWrite {
  const named = properties.filter((name) => name !== wholeRow)
  const at = (level: EditWrite['level']): EditWrite => {
    const { primaryKey } = objectType(object)
    return { object, kind, level, properties: kind === 'delete' ? [] : named, writeOnly: [primaryKey, ...named] }
  }
  const level = rowLevels.toReversed().find((each) => mayEdit(deps, asker, [at(each)]))
  return at(level ?? 'identifiable')
}
