import { objectType, type PropertyType } from '#contracts'
import type { JsonObject } from '#kernel'
import type { ActionDeclaration, ActionParameter } from './declaration.ts'

/* Action types as `@osdk/client` 2.22.0 reads them: ActionTypeV2. */

const statuses = { active: 'ACTIVE', experimental: 'EXPERIMENTAL', deprecated: 'DEPRECATED' } as const

const dataTypes: Readonly<Record<PropertyType, JsonObject>> = {
  text: { type: 'string' },
  integer: { type: 'integer' },
  long: { type: 'long' },
  // Actions of the API have no decimals: a double has every digit of ours.
  decimal: { type: 'double' },
  double: { type: 'double' },
  boolean: { type: 'boolean' },
  date: { type: 'date' },
  timestamp: { type: 'timestamp' },
  texts: { type: 'array', subType: { type: 'string' } },
}

/** `rid` is the identifier that the ontology gives it. */
export function wireActionType(declaration: ActionDeclaration, rid: string): JsonObject {
  const { id, title, status, parameters } = declaration
  return {
    ...{ apiName: id, displayName: title, description: descriptionOf(declaration), status: statuses[status], rid },
    parameters: Object.fromEntries(
      Object.entries(parameters).map(([name, parameter]) => [name, wireParameter(parameter)]),
    ),
    operations: operationsOf(declaration),
  }
}

/** What it does, and what its edits are until their source has them. */
function descriptionOf({ description, sourceSystem, pendingHours, countsInReturns, undo }: ActionDeclaration): string {
  const until = `Until the ${sourceSystem} has it, the edit is shown as pending there; after ${pendingHours} hours it is overdue.`
  return `${description.trim()} ${until} ${countsInReturns.rule}${undo ? ' It can be undone.' : ''}`
}

function wireParameter(parameter: ActionParameter): JsonObject {
  const { title, description, required } = parameter
  const dataType =
    parameter.kind === 'object'
      ? { type: 'object', objectApiName: apiName(parameter.object), objectTypeApiName: apiName(parameter.object) }
      : dataTypes[parameter.type]
  return { displayName: title, description, dataType, required, typeClasses: [] }
}

function operationsOf({ edits, parameters }: ActionDeclaration): JsonObject[] {
  const types = { create: 'createObject', modify: 'modifyObject', delete: 'deleteObject' } as const
  return edits.map((rule) => {
    const parameter = rule.kind === 'create' ? undefined : parameters[rule.of]
    const object = rule.kind === 'create' ? rule.object : parameter?.kind === 'object' ? parameter.object : ''
    return { type: types[rule.kind], objectTypeApiName: apiName(object) }
  })
}

function apiName(object: string): string {
  return objectType(object).apiName
}
