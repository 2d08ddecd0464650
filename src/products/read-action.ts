import type { ActionDeclaration, ActionParameter, Criterion, EditRule } from '#actions'
import { reasonParameter } from '#actions'
import { limits } from '#kernel'
import { type Declaration, openFormat, readMap } from '#metrics'
import {
  constantOf,
  isScalar,
  objectBehind,
  objectParameter,
  type Parameters,
  propertyIn,
  readObject,
  readPlace,
  readSource,
  readSourceFor,
  typeNamed,
} from './read-action-values.ts'

const propertyTypes = ['text', 'integer', 'long', 'decimal', 'double', 'boolean', 'date', 'timestamp', 'texts'] as const
const pendingHoursMax = 24 * 366

/**
 * Reads an action's YAML and holds it against the contracts: every object type, property, type and value that it names.
 * Refuses what it does not know with file, line and the nearest name (FDP_METRICS_DECLARATION).
 */
export function readAction(file: string, text: string, product: string): ActionDeclaration {
  const body = openFormat(file, text, 'action')
  const reason = body.required('reason').choice(['required', 'optional', 'none'])
  const own = body.required('parameters')
  const parameters = { ...readMap(own, readParameter), ...reasonOf(reason) }
  if (Object.keys(parameters).length > limits.actionParametersMax) {
    throw own.refuse(`an action has at most ${limits.actionParametersMax} parameters`, 'split it')
  }
  for (const [name, item] of own.entries()) {
    const isFree = /^[a-z][A-Za-z0-9]{0,59}$/.test(name) && (reason === 'none' || name !== reasonParameter)
    if (!isFree)
      throw item.refuse(`\`${name}\` is no name for a parameter`, 'begin with a lower-case letter, then letters')
  }
  const action: ActionDeclaration = {
    id: readId(body.required('id')),
    version: body.required('version').integer(),
    product,
    title: body.required('title').text(),
    description: body.required('description').text(),
    status: body.required('status').choice(['active', 'experimental', 'deprecated']),
    ...{ parameters, reason },
    criteria: (body.optional('criteria')?.items() ?? []).map((item) => readCriterion(item, parameters)),
    edits: body
      .required('edits')
      .items()
      .map((item) => readEdit(item, parameters)),
    sourceSystem: body.required('sourceSystem').text(),
    pendingHours: readHours(body.required('pendingHours')),
    countsInReturns: readCounts(body.required('countsInReturns')),
    undo: body.required('undo').boolean(),
  }
  if (action.edits.length === 0) throw body.refuse('the action edits nothing', 'add an edit')
  body.end()
  return action
}

function readId(item: Declaration): string {
  const id = item.text()
  if (/^[a-z][A-Za-z0-9-]{0,59}$/.test(id)) return id
  throw item.refuse('a name has letters, digits and hyphens, and begins with a small letter', 'rename it')
}

function reasonOf(reason: ActionDeclaration['reason']): Record<string, ActionParameter> {
  if (reason === 'none') return {}
  const parameter: ActionParameter = {
    ...{ kind: 'value', type: 'text', values: null, required: reason === 'required', title: 'Reason' },
    description: 'Why, in your own words. Leave out names and numbers of patients.',
  }
  return { [reasonParameter]: parameter }
}

function readHours(item: Declaration): number {
  const hours = item.integer()
  if (hours >= 1 && hours <= pendingHoursMax) return hours
  throw item.refuse(`a time limit is from 1 to ${pendingHoursMax} hours`, 'correct it')
}

function readCounts(item: Declaration): ActionDeclaration['countsInReturns'] {
  const counts = { counts: item.required('counts').boolean(), rule: item.required('rule').text().trim() }
  item.end()
  return counts
}

function readParameter(item: Declaration): ActionParameter {
  const words = {
    title: item.required('title').text(),
    description: item.optional('description')?.text() ?? '',
    required: item.optional('required')?.boolean() ?? true,
  }
  const [object, like, type] = [item.optional('object'), item.optional('property'), item.optional('type')]
  if ([object, like, type].filter((each) => each !== null).length !== 1) {
    throw item.refuse('a parameter has one of `object`, `property` and `type`', 'write the one that it is')
  }
  const own = item.optional('values')?.items() ?? null
  const values = own?.map((each) => each.text()) ?? null
  item.end()
  if (object) return { ...words, kind: 'object', object: readObject(object).name }
  if (type) return { ...words, kind: 'value', type: type.choice(propertyTypes), values }
  const [name, property] = like!.text().split('.')
  const contract = propertyIn(like!, typeNamed(like!, name ?? ''), property ?? '')
  own?.forEach((each, i) => {
    if (contract.values && !contract.values.includes(values![i]!))
      throw each.unknown('value', values![i]!, contract.values)
  })
  return { ...words, kind: 'value', type: contract.type, values: values ?? contract.values }
}

function readCriterion(item: Declaration, parameters: Parameters): Criterion {
  const of = readPlace(item, parameters)
  if (!of) throw item.refuse('a criterion says of what it is', 'add `property: <parameter>.<property>` or `parameter:`')
  const kinds = ['is', 'isNot', 'isOneOf', 'isNull', 'before', 'after'] as const
  const found = kinds.flatMap((kind) => {
    const at = item.optional(kind)
    return at ? [{ kind, at }] : []
  })
  if (found.length !== 1) throw item.refuse('a criterion has one test', `write one of ${kinds.join(', ')}`)
  const { kind, at } = found[0]!
  const message = item.required('message').text()
  item.end()
  return { of, test: readTest(kind, at, parameters), message }
}

function readTest(kind: Criterion['test']['kind'], at: Declaration, parameters: Parameters): Criterion['test'] {
  if (kind === 'isNull') return { kind, isNull: at.boolean() }
  if (kind === 'isOneOf') return { kind, values: at.items().map((each) => constantOf(each) ?? '') }
  return { kind, value: readSource(at, parameters) }
}

function readEdit(item: Declaration, parameters: Parameters): EditRule {
  const kinds = ['create', 'modify', 'delete'] as const
  const kind = kinds.find((each) => item.optional(each) !== null)
  if (!kind) throw item.refuse('an edit creates, modifies or deletes', `begin it with one of ${kinds.join(', ')}`)
  const at = item.required(kind)
  if (kind === 'delete') {
    const of = objectParameter(at, parameters)
    item.end()
    return { kind, of }
  }
  const isNew = kind === 'create'
  const of = isNew ? null : objectParameter(at, parameters)
  const type = isNew ? readObject(at) : objectBehind(parameters, of!)
  const set = readMap(item.required('set'), (source) => source)
  const values = Object.entries(set).map(([name, source]) => {
    const property = propertyIn(source, type, name)
    if (name === type.primaryKey) throw source.refuse('a primary key is never written', 'leave it out; use `key:`')
    return [name, readSourceFor(source, property, parameters)] as const
  })
  const writeOnly = (item.optional('writeOnly')?.items() ?? []).map((each) => {
    if (!Object.hasOwn(set, each.text())) throw each.unknown('property', each.text(), Object.keys(set))
    return each.text()
  })
  const shared = { set: Object.fromEntries(values), writeOnly }
  if (!isNew) {
    item.end()
    return { kind: 'modify', of: of!, ...shared }
  }
  const key = item.required('key')
  const primary = propertyIn(key, type, type.primaryKey)
  const rule: EditRule = {
    ...{ kind: 'create', object: type.name, ...shared },
    belongsTo: objectParameter(item.required('belongsTo'), parameters),
    key: isScalar(key, 'new') ? 'new' : readSourceFor(key, primary, parameters),
  }
  const owner = item.required('belongsTo')
  if (type.personLevel && !objectBehind(parameters, rule.belongsTo).personLevel) {
    throw owner.refuse('a record about a patient belongs to one about a patient', 'name a parameter of such a type')
  }
  item.end()
  return rule
}
