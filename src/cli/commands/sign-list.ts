import type { Command } from 'commander'
import { approveGrant, fold, type GovernanceState, grantActions, levels, sign } from '#governance'
import { addMs, type Instant, type JsonObject, type SubjectId } from '#kernel'
import type { EntryInput } from '#ledger'
import { appendInTurn } from '#node'
import { usage } from '../errors.ts'
import { type Act, noun } from '../program.ts'
import { readJsonList } from '../read-json.ts'
import { readChoiceOption, readPersonOption, readPurposeOption, readWholeOption } from '../read-option.ts'
import { actingOptions, contextOf } from '../scene.ts'
import { typeOf } from './govern.ts'

const dayMs = 86_400_000
const daysMax = 3_660

/** `fdp govern sign-list`, `fdp access grant-list`: what one officer signs in one go, from a file; all of it or nothing. */
export function signListCommands(program: Command, act: Act): void {
  const govern = noun(program, 'govern', 'what governs a tenant: its registers, and the events that change them')
  act(
    actingOptions(
      govern
        .command('sign-list')
        .argument('<file>', 'a JSON list of events, each with its `type` and fields')
        .description('sign several events in one go, as yourself: all of them or none'),
    ),
    async (scene, options, [file = '']) => {
      const { tenant, context } = await scene.acting(contextOf(options))
      const command = 'govern sign-list'
      const events = (await readJsonList(scene, file, command)).map(({ type, ...fields }) => ({
        ...{ type: typeOf(String(type), command), fields },
      }))
      const receipts = await appendInTurn(
        tenant,
        (state, at) =>
          oneAfterTheOther(state, at, events, (now, { type, fields }) =>
            sign(now, type, { ...fields, by: context.subject } as unknown as Parameters<typeof sign>[2], at),
          ),
        { by: context.subject, type: events[0]!.type },
      )
      scene.io.err(`signed ${receipts.length} events; entries ${rangeOf(receipts)} of the ledger\n`)
    },
  )
  const access = noun(program, 'access', 'who can see what, why, until when')
  act(
    actingOptions(
      access
        .command('grant-list')
        .argument('<file>', 'a JSON list; each item has the names of the options of `access grant`, and its `id`')
        .description('approve several grants in one go, as an officer of the tenant: all of them or none'),
    ),
    async (scene, options, [file = '']) => {
      const { tenant, context } = await scene.acting(contextOf(options))
      const items = await readJsonList(scene, file, 'access grant-list')
      const receipts = await appendInTurn(
        tenant,
        (state, at, policies) =>
          oneAfterTheOther(state, at, items, (now, item) =>
            approveGrant(now, grantOf(now, item, context.subject, at), at, policies),
          ),
        { by: context.subject, type: 'governance.grant-approved' },
      )
      scene.io.err(`granted ${receipts.length}; entries ${rangeOf(receipts)} of the ledger\n`)
    },
  )
}

/** Each is made in the state after those before it. */
function oneAfterTheOther<T>(
  before: GovernanceState,
  at: Instant,
  items: readonly T[],
  make: (state: GovernanceState, item: T) => EntryInput,
): EntryInput[] {
  let state = before
  return items.map((item) => {
    const entry = make(state, item)
    state = fold(state, { ...entry, index: state.upTo + 1, time: at })
    return entry
  })
}

const fieldsOfGrant = ['id', 'to', 'action', 'object', 'columns', 'level', 'for', 'dpia', 'days', 'policy']

function grantOf(state: GovernanceState, item: JsonObject, by: SubjectId, at: Instant) {
  const command = 'access grant-list'
  const place = (option: string) => ({ option, command })
  const unknown = Object.keys(item).find((name) => !fieldsOfGrant.includes(name))
  if (unknown !== undefined) throw usage('an item has a field that no grant takes', command)
  const { id, to, action = 'read', object, columns, level, dpia, days = 90, policy = null } = item
  const version = state.dpias.get(String(dpia))?.findLast(({ effectiveFrom }) => effectiveFrom <= at)
  return {
    ...{ by, id: String(id), subject: readPersonOption(to, place('to')), object: String(object) },
    action: readChoiceOption(action, place('action'), grantActions),
    columns: Array.isArray(columns) ? columns.map(String) : ('all-at-level' as const),
    level: readChoiceOption(level, place('level'), levels),
    rows: { controllers: 'all' as const, where: [] },
    purpose: readPurposeOption(item.for, place('for')),
    ...{ from: at, until: addMs(at, readWholeOption(String(days), place('days'), { min: 1, max: daysMax }) * dayMs) },
    dpia: { id: String(dpia), version: version?.version ?? 1, sha256: version?.sha256 ?? '0'.repeat(64) },
    disclosurePolicy: policy === null ? null : String(policy),
  }
}

function rangeOf(receipts: readonly { readonly index: number }[]): string {
  return `${receipts[0]?.index} to ${receipts.at(-1)?.index}`
}
