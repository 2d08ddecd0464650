import { objectTypes } from '#contracts'
import { canonicalJson, isFdpError, type Json, type JsonObject, lengthPrefixed, sha256Hex } from '#kernel'
import type { RemoteOntology } from '#ports'
import type { Pair } from './compare-objects.ts'

/** A figure of both sides: a number, or as many as a grouping has groups. */
export interface FigureCompared {
  readonly kind: 'link' | 'count by' | 'query'
  readonly name: string
  /** Null where a server does not answer it. */
  readonly old: number | null
  readonly new: number | null
  readonly differences: number
}

/** Groupings looked at of each type. */
const groupingsMax = 3
const groupsMax = 1_000

/**
 * How many objects each link leads to from all objects of the type; of a link that no property holds every pair, where both
 * servers list them. A link that one side alone has is a difference. Only links to types that are compared too: what is
 * not there on one side is no end of a link either.
 */
export async function compareLinks(
  pair: Pair,
  type: string,
  among: readonly string[],
): Promise<readonly FigureCompared[]> {
  const [old, now] = await Promise.all([linkNames(pair.old, type, among), linkNames(pair.new, type, among)])
  const compared: FigureCompared[] = []
  for (const link of [...new Set([...old, ...now])].sort()) {
    const both = old.includes(link) && now.includes(link)
    compared.push(
      both
        ? await compareLink(pair, type, link)
        : { kind: 'link', name: `${type}.${link}`, old: +old.includes(link), new: +now.includes(link), differences: 1 },
    )
  }
  return compared
}

async function compareLink(pair: Pair, type: string, link: string): Promise<FigureCompared> {
  const name = `${type}.${link}`
  const contract = objectTypes().find(({ apiName }) => apiName === type)
  if (contract?.links.find((each) => each.name === link)?.through) {
    const sides = [pair.old, pair.new].map((remote) => answered(() => pairsOf(remote, type, link)))
    const [old = null, now = null] = await Promise.all(sides)
    if (old !== null && now !== null) return comparedAnswers('link', name, old, now)
  }
  const objectSet = { type: 'searchAround', objectSet: { type: 'base', objectType: type }, link }
  return await compareAnswers(pair, 'link', name, async (remote) => await remote.aggregate(objectSet, []))
}

/** How many pairs of keys, each once, and a sum over them that is the same in any order. */
async function pairsOf(remote: RemoteOntology, type: string, link: string): Promise<Json> {
  const seen = new Set<string>()
  let sum = 0n
  for await (const pairs of remote.linked(type, link)) {
    for (const { from, to } of pairs) {
      const hash = sha256Hex(lengthPrefixed(String(from), String(to))).slice(0, 32)
      if (!seen.has(hash)) sum = BigInt.asUintN(128, sum + BigInt(`0x${hash}`))
      seen.add(hash)
    }
  }
  return [{ group: {}, metrics: [{ name: 'pairs', value: seen.size }], sum: String(sum) }]
}

/** Counts by a few properties that have few values: truths, and those with a value set in the contract. */
export async function compareGroupings(
  pair: Pair,
  type: string,
  properties: readonly string[],
): Promise<readonly FigureCompared[]> {
  const contract = objectTypes().find(({ apiName }) => apiName === type)
  const few = (contract?.properties ?? []).filter(
    ({ name, values, type: of }) =>
      properties.includes(name) && (of === 'boolean' || (of === 'text' && values !== null)),
  )
  const compared: FigureCompared[] = []
  for (const { name } of few.slice(0, groupingsMax)) {
    const groupBy = [{ type: 'exact', field: name, maxGroupCount: groupsMax }]
    const objectSet = { type: 'base', objectType: type }
    compared.push(
      await compareAnswers(pair, 'count by', `${type}.${name}`, (remote) => remote.aggregate(objectSet, groupBy)),
    )
  }
  return compared
}

/** Queries that both have and that need no parameter but those given. */
export async function compareQueries(pair: Pair, parameters: JsonObject): Promise<readonly FigureCompared[]> {
  const [old, now] = await Promise.all([queriesOf(pair.old), queriesOf(pair.new)])
  const compared: FigureCompared[] = []
  for (const { apiName, required } of old) {
    if (!now.some((query) => query.apiName === apiName)) continue
    if (!required.every((name) => Object.hasOwn(parameters, name))) {
      compared.push({ kind: 'query', name: apiName, old: null, new: null, differences: 0 })
      continue
    }
    const given = Object.fromEntries(required.map((name) => [name, parameters[name]!]))
    compared.push(
      await compareAnswers(pair, 'query', apiName, async (remote) => figuresOf(await remote.execute(apiName, given))),
    )
  }
  return compared
}

/** The figures of a metric are compared row by row; the entry under which they were released is another one each time. */
function figuresOf(value: Json): Json {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
  const { rows, ledgerEntry: _, ...about } = value as JsonObject
  return Array.isArray(rows) ? [...rows, about] : about
}

/** Rows of an answer are compared whole, in any order. */
async function compareAnswers(
  pair: Pair,
  kind: FigureCompared['kind'],
  name: string,
  ask: (remote: RemoteOntology) => Promise<Json>,
): Promise<FigureCompared> {
  const [old, now] = await Promise.all([answered(() => ask(pair.old)), answered(() => ask(pair.new))])
  return comparedAnswers(kind, name, old, now)
}

function comparedAnswers(kind: FigureCompared['kind'], name: string, old: Json, now: Json): FigureCompared {
  if (old === null && now === null) return { kind, name, old: null, new: null, differences: 0 }
  const [left, right] = [rowsOf(old), rowsOf(now)]
  const differences = [...new Set([...left, ...right])].filter((row) => !(left.has(row) && right.has(row))).length
  return { kind, name, old: numberOf(old), new: numberOf(now), differences }
}

/** Null where the server refuses it. */
async function answered(ask: () => Promise<Json>): Promise<Json> {
  try {
    return await ask()
  } catch (error) {
    if (isFdpError(error, 'FDP_REMOTE_REFUSED')) return null
    throw error
  }
}

function rowsOf(answer: Json): ReadonlySet<string> {
  const rows: readonly Json[] = Array.isArray(answer) ? answer : [answer]
  return new Set(rows.map((row) => canonicalJson(row)))
}

/** The one number of an answer without groups, else how many groups it has. */
function numberOf(answer: Json): number | null {
  if (answer === null || !Array.isArray(answer)) return answer === null ? null : 1
  const [only] = answer as readonly JsonObject[]
  const value = (only?.metrics as readonly JsonObject[] | undefined)?.[0]?.value
  const isWhole = answer.length === 1 && Object.keys((only?.group as JsonObject | undefined) ?? {}).length === 0
  return isWhole && typeof value === 'number' ? value : answer.length
}

async function linkNames(remote: RemoteOntology, type: string, among: readonly string[]): Promise<readonly string[]> {
  const links = await remote.outgoingLinks(type)
  return links.filter(({ objectType }) => among.includes(objectType)).map(({ apiName }) => apiName)
}

async function queriesOf(remote: RemoteOntology) {
  try {
    return await remote.queries()
  } catch (error) {
    if (isFdpError(error, 'FDP_REMOTE_REFUSED')) return []
    throw error
  }
}
