import {
  type ActionDeclaration,
  type ApplyOptions,
  type ApplyResult,
  applyAction,
  isAvailable,
  type ReturnEdits,
  wireActionType,
  wireApplied,
  wireBatchApplied,
} from '#actions'
import { type EntryIndex, isFdpError, type Json, type JsonObject } from '#kernel'
import { actionTypeRid, type CallableProvider, ontologyErrors, printableName } from '#ontology'
import type { Level } from '#privacy'
import { endpoint } from '../endpoint.ts'
import { common, inOntology, inSession, jsonBody, named, type OntologyCall, type Opened } from './call.ts'

/* Actions of the products: edits through the gate, decided and logged there. */

type WithProducts = Pick<OntologyCall, 'context'>

/** The actions that a caller may take now, by name. */
export function actionsOf({ context }: WithProducts): CallableProvider {
  return {
    metadata({ session, levels }) {
      const found = context.products
        .flatMap(({ actions }) => Object.values(actions))
        .filter((action) => isAvailable(session, action, rowLevelsOf(levels)))
      return Object.fromEntries(found.map((action) => [action.id, wireActionType(action, actionTypeRid(action.id))]))
    },
  }
}

export const ontologyActionEndpoints = [
  endpoint({
    ...{ ...common, method: 'POST', path: `${inOntology}/actions/:action/apply` },
    ...{ params: named('action'), body: jsonBody },
    summary: 'Applies an action, or only validates it.',
    handler: (call) =>
      inSession(call, async (opened) => {
        const { parameters, options } = applyBody(call.body)
        const mode = choiceOf(options, 'mode', ['VALIDATE_AND_EXECUTE', 'VALIDATE_ONLY'])
        const returned = choiceOf(options, 'returnEdits', ['NONE', 'ALL', 'ALL_V2_WITH_DELETIONS'])
        const { action, result } = await applied(call, opened, [parameters], mode === 'VALIDATE_ONLY')
        return JSON.stringify(wireApplied(action, result, returned))
      }),
  }),
  endpoint({
    ...{ ...common, method: 'POST', path: `${inOntology}/actions/:action/applyBatch` },
    ...{ params: named('action'), body: jsonBody },
    summary: 'Applies an action several times: all of them, or none.',
    handler: (call) =>
      inSession(call, async (opened) => {
        const body = objectIn(call.body, 'requests')
        if (!Array.isArray(body.requests))
          throw ontologyErrors('FDP_ONTOLOGY_REQUEST', { at: 'requests', what: 'a list' })
        const requests = body.requests.map((item) => objectIn(item as Json, 'requests').parameters ?? {})
        const returned: ReturnEdits = choiceOf(optionsIn(body), 'returnEdits', ['NONE', 'ALL'])
        const { action, result } = await applied(call, opened, requests, false)
        return JSON.stringify(wireBatchApplied(action, result, returned))
      }),
  }),
  endpoint({
    ...{ ...common, method: 'POST', path: `${inOntology}/actions/:action/applyAsync` },
    ...{ params: named('action'), body: jsonBody },
    summary: 'Applying later, which this node does not do: an edit is seen as soon as it is answered.',
    handler: (call) =>
      inSession(call, () => {
        throw ontologyErrors('FDP_ONTOLOGY_UNSUPPORTED', { at: 'applyAsync', what: 'applying an action later' })
      }),
  }),
]

async function applied(
  call: Pick<OntologyCall, 'context' | 'at' | 'request'> & { readonly params: { readonly action: string } },
  { session, deps }: Opened,
  requests: readonly Json[],
  validateOnly: boolean,
): Promise<{ readonly action: ActionDeclaration; readonly result: ApplyResult }> {
  const { action: name } = call.params
  const unknown = () => ontologyErrors('FDP_ONTOLOGY_ACTION_TYPE', { actionType: printableName(name) })
  const action = call.context.products.flatMap(({ actions }) => Object.values(actions)).find(({ id }) => id === name)
  if (!action) throw unknown()
  const levels = rowLevelsOf(deps.level === 'pseudonymised' ? ['pseudonymised'] : undefined)
  const options: ApplyOptions = {
    ...{ at: call.at, validateOnly },
    ...(levels === undefined ? {} : { levels }),
    ...(deps.justification === undefined ? {} : { justification: deps.justification }),
    ...expectedOf(call.request.headers['fdp-edit-position']),
  }
  // Whoever may not take it is told so whatever they sent; trying is put on record with its reasons.
  const available = isAvailable(session, action, levels)
  try {
    const result = await applyAction(session, action, available ? requests : [{}], options)
    if (available) return { action, result }
  } catch (error) {
    if (isFdpError(error, 'FDP_GATE_NOT_AVAILABLE')) throw unknown()
    throw error
  }
  throw unknown()
}

function rowLevelsOf(levels: readonly Level[] | undefined): readonly Level[] | undefined {
  return levels?.filter((level) => level !== 'aggregate')
}

function expectedOf(header: unknown): Pick<ApplyOptions, 'expected'> {
  if (header === undefined) return {}
  if (typeof header === 'string' && /^[0-9]{1,15}$/.test(header)) return { expected: Number(header) as EntryIndex }
  throw ontologyErrors('FDP_ONTOLOGY_REQUEST', { at: 'fdp-edit-position', what: 'the number of an entry' })
}

function applyBody(body: Json): { readonly parameters: Json; readonly options: JsonObject } {
  const given = objectIn(body, 'body')
  return { parameters: given.parameters ?? {}, options: optionsIn(given) }
}

function optionsIn(body: JsonObject): JsonObject {
  return body.options === undefined || body.options === null ? {} : objectIn(body.options, 'options')
}

function objectIn(value: Json | undefined, at: string): JsonObject {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as JsonObject
  throw ontologyErrors('FDP_ONTOLOGY_REQUEST', { at, what: 'an object' })
}

/** The first of the choices where none is made. */
function choiceOf<const T extends string>(options: JsonObject, name: string, choices: readonly [T, ...T[]]): T {
  const given = options[name]
  if (given === undefined || given === null) return choices[0]
  const found = choices.find((choice) => choice === given)
  if (found) return found
  throw ontologyErrors('FDP_ONTOLOGY_REQUEST', { at: `options.${name}`, what: `one of ${choices.join(', ')}` })
}
