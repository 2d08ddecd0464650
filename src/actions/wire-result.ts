import { objectType } from '#contracts'
import type { EditedRow } from '#gate'
import type { JsonObject } from '#kernel'
import type { ApplyResult } from './apply-action.ts'
import type { ActionDeclaration, ActionParameter } from './declaration.ts'
import { actionErrors } from './errors.ts'
import { isGood, type Standing } from './plan-action.ts'

/* Answers as `@osdk/client` 2.22.0 reads them: SyncApplyActionResponseV2, BatchApplyActionResponseV2. */

export type ReturnEdits = 'ALL' | 'ALL_V2_WITH_DELETIONS' | 'NONE'

/** The answer to one application or validation. */
export function wireApplied(
  declaration: ActionDeclaration,
  { standings, applied }: ApplyResult,
  returnEdits: ReturnEdits,
): JsonObject {
  const validation = wireValidation(declaration, standings[0]!)
  if (!applied || returnEdits === 'NONE') return { validation }
  return { validation, edits: wireEdits(applied.edits, returnEdits === 'ALL_V2_WITH_DELETIONS') }
}

/** The answer to a batch that was applied. FDP_ACTIONS_INVALID for one that was not, with what its first bad request breaks. */
export function wireBatchApplied(
  declaration: ActionDeclaration,
  { standings, applied }: ApplyResult,
  returnEdits: ReturnEdits,
): JsonObject {
  if (!applied) {
    const bad = standings.findIndex((standing) => !isGood(standing))
    const { invalid, failed } = standings[bad]!
    const messages = declaration.criteria.filter((_, i) => failed.has(i)).map(({ message }) => message)
    const what = [...[...invalid].map((name) => `\`${name}\``), ...messages].join('; ')
    throw actionErrors('FDP_ACTIONS_INVALID', { action: declaration.id, what: `request ${bad + 1}: ${what}` })
  }
  return returnEdits === 'NONE' ? {} : { edits: wireEdits(applied.edits, false) }
}

export function wireValidation({ parameters, criteria }: ActionDeclaration, standing: Standing): JsonObject {
  const { invalid, failed } = standing
  return {
    result: validity(isGood(standing)),
    submissionCriteria: criteria.map(({ message }, i) => ({
      configuredFailureMessage: message,
      result: validity(!failed.has(i)),
    })),
    parameters: Object.fromEntries(
      Object.entries(parameters).map(([name, parameter]) => [
        name,
        {
          result: validity(!invalid.has(name)),
          evaluatedConstraints: constraintsOf(parameter),
          required: parameter.required,
        },
      ]),
    ),
  }
}

function constraintsOf(parameter: ActionParameter): JsonObject[] {
  if (parameter.kind === 'object') return [{ type: 'objectQueryResult' }]
  if (parameter.values === null) return []
  const options = parameter.values.map((value) => ({ displayName: value, value }))
  return [{ type: 'oneOf', options, otherValuesAllowed: false }]
}

/** Edits are counted whole; what was deleted is named only where it is asked for. */
function wireEdits(edits: readonly EditedRow[], withDeletions: boolean): JsonObject {
  const types = { create: 'addObject', modify: 'modifyObject', delete: 'deleteObject' } as const
  const count = (kind: EditedRow['kind']) => edits.filter((edit) => edit.kind === kind).length
  return {
    type: 'edits',
    edits: edits
      .filter(({ kind }) => kind !== 'delete' || withDeletions)
      .map(({ kind, object, primaryKey }) => ({
        ...{ type: types[kind], primaryKey, objectType: objectType(object).apiName },
      })),
    ...{
      addedObjectCount: count('create'),
      modifiedObjectsCount: count('modify'),
      deletedObjectsCount: count('delete'),
    },
    ...{ addedLinksCount: 0, deletedLinksCount: 0 },
  }
}

function validity(holds: boolean): 'VALID' | 'INVALID' {
  return holds ? 'VALID' : 'INVALID'
}
