import type { EditedRow, EditResult, Session } from '#gate'
import { type EntryIndex, type Instant, type Json, limits } from '#kernel'
import type { Level } from '#privacy'
import { type ActionDeclaration, reasonParameter } from './declaration.ts'
import { actionErrors } from './errors.ts'
import { needsOf } from './needs.ts'
import { type CheckedParameters, checkParameters } from './parameters.ts'
import { isGood, planAction, type Standing, standingOf } from './plan-action.ts'

export interface ApplyOptions {
  readonly at: Instant
  readonly validateOnly?: boolean
  readonly levels?: readonly Level[]
  readonly justification?: string
  /** The last entry that the caller knew of. */
  readonly expected?: EntryIndex
}

export interface ApplyResult {
  /** One for each request, in order. */
  readonly standings: readonly Standing[]
  /** Null where nothing was applied. */
  readonly applied: { readonly entry: EntryIndex; readonly edits: readonly EditedRow[] } | null
}

const hourMs = 3_600_000

/**
 * Applies an action once for each request, all of them or none: as one edit of the gate, decided and logged there.
 * Errors: those of `checkParameters` and of `Session.edit`, FDP_ACTIONS_BATCH.
 */
export async function applyAction(
  session: Session,
  declaration: ActionDeclaration,
  requests: readonly Json[],
  options: ApplyOptions,
): Promise<ApplyResult> {
  const max = limits.actionBatchMax
  if (requests.length < 1 || requests.length > max) throw actionErrors('FDP_ACTIONS_BATCH', { max })
  const checked = requests.map((given) => checkParameters(declaration, given))
  const { reads, writes } = needsOf(session, declaration, options.levels)
  const acting = { subject: session.subject, at: options.at }
  let standings: readonly Standing[] = []
  const reason = reasonOf(checked)
  const result: EditResult<null> = await session.edit({
    about: { action: declaration.id, version: declaration.version, product: declaration.product },
    reads: Object.fromEntries(
      reads.map(({ parameter, object, level, columns }) => [
        parameter,
        { object, level, columns, keys: keysOf(checked, parameter) },
      ]),
    ),
    writes,
    plan: (rows, mint) => {
      standings = checked.map((each) => standingOf(declaration, each, rows, acting))
      if (!standings.every(isGood)) return { invalid: null }
      return { edits: checked.flatMap((each) => planAction(declaration, each, rows, acting, mint)) }
    },
    terms: {
      ...{ owner: declaration.sourceSystem, pendingMs: declaration.pendingHours * hourMs },
      ...{ counted: declaration.countsInReturns.counts, undo: declaration.undo },
    },
    reason,
    ...justified(options.justification ?? reason ?? undefined),
    ...(options.expected === undefined ? {} : { expected: options.expected }),
    ...(options.validateOnly ? { validateOnly: true } : {}),
  })
  return { standings, applied: result.outcome === 'applied' ? { entry: result.entry, edits: result.edits } : null }
}

function justified(justification: string | undefined) {
  return justification === undefined ? {} : { justification }
}

function keysOf(checked: readonly CheckedParameters[], parameter: string): readonly string[] {
  return [...new Set(checked.flatMap(({ texts }) => texts[parameter] ?? []))]
}

/** The reasons of a batch in the order of its requests, each once. */
function reasonOf(checked: readonly CheckedParameters[]): string | null {
  const reasons = [...new Set(checked.flatMap(({ texts }) => texts[reasonParameter] ?? []))]
  return reasons.length === 0 ? null : reasons.join('\n')
}
