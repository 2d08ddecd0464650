import { Type } from '@sinclair/typebox'
import type { Session } from '#gate'
import { isFdpError, rawSql } from '#kernel'
import {
  type LoadedMetric,
  type MetricParameters,
  queryNameOf,
  queryTypeOf,
  queryValueOf,
  queryVersionOf,
  runMetric,
  usableBases,
} from '#metrics'
import { type CallableProvider, ontologyErrors, printableName, queryTypeRid } from '#ontology'
import { endpoint } from '../endpoint.ts'
import { anyQuery, common, inOntology, inSession, jsonBody, named, type OntologyCall } from './call.ts'

/* Metrics of the products as queries: figures that passed disclosure control, as `./fdp metric run` gives them. */

type WithProducts = Pick<OntologyCall, 'context'>

/** The queries that a caller may execute now, by name. */
export function queriesOf(call: WithProducts): CallableProvider {
  return {
    metadata({ session }) {
      const found = metricsOf(call).flatMap((metric) => {
        const bases = basesOf(session, metric)
        const name = queryNameOf(metric)
        return bases.length === 0 ? [] : [[name, queryTypeOf(metric, bases, queryTypeRid(name))] as const]
      })
      return Object.fromEntries(found)
    },
  }
}

const versioned = { query: Type.Object({ ...anyQuery, version: Type.Optional(Type.String()) }) }

export const ontologyQueryEndpoints = [
  endpoint({
    ...{ ...common, ...versioned, method: 'POST', path: `${inOntology}/queries/:query/execute` },
    ...{ params: named('query'), body: jsonBody },
    summary: 'The figures of a metric, for a month, broken down as the caller likes.',
    handler: (call) =>
      inSession(call, async ({ session, deps: { justification } }) => {
        const { metric, bases } = await usableMetric(call, session, call.params.query)
        const query = queryNameOf(metric)
        const { version } = call.query
        if (version !== undefined && version !== queryVersionOf(metric)) {
          throw ontologyErrors('FDP_ONTOLOGY_QUERY_VERSION', { query })
        }
        const parameters = parametersOf(query, bases, call.body)
        return JSON.stringify({ value: queryValueOf(await run(session, metric, parameters, justification)) })
      }),
  }),
]

function metricsOf({ context }: WithProducts): readonly LoadedMetric[] {
  return context.products.flatMap(({ metrics }) => Object.values(metrics))
}

function basesOf(session: Session, metric: LoadedMetric): readonly string[] {
  return usableBases(metric, (object, columns) => {
    const visible = session.visible(object, ['aggregate'])
    return visible !== null && columns.every((name) => visible.columns.includes(name))
  })
}

/** FDP_ONTOLOGY_QUERY_TYPE where there is none, or none for this caller: of the latter the gate keeps the reason. */
async function usableMetric(call: WithProducts, session: Session, name: string) {
  const metric = metricsOf(call).find((each) => queryNameOf(each) === name)
  const bases = metric ? basesOf(session, metric) : []
  if (metric && bases.length > 0) return { metric, bases }
  if (metric) await putOnRecord(session, metric)
  throw ontologyErrors('FDP_ONTOLOGY_QUERY_TYPE', { query: printableName(name) })
}

async function putOnRecord(session: Session, { definition }: LoadedMetric): Promise<void> {
  const [basis] = Object.values(definition.bases)
  if (!basis) return
  try {
    await session.release({
      about: { kind: 'metric', metric: definition.id, version: definition.version },
      relations: basis.relations,
      build: () => rawSql('SELECT 0 AS none WHERE FALSE'),
      ...{ keys: [], measures: { none: { kind: 'count' } }, geography: 'subnational' },
    })
  } catch (error) {
    if (!isFdpError(error, 'FDP_GATE_NOT_AVAILABLE')) throw error
  }
}

const byMax = 20

/** What was sent is not said back. FDP_ONTOLOGY_QUERY_MISSING, _UNKNOWN, _PARAMETER; FDP_ONTOLOGY_REQUEST. */
function parametersOf(query: string, bases: readonly string[], body: unknown): MetricParameters {
  const given = isObject(body) ? (body.parameters ?? {}) : null
  if (!isObject(given)) throw ontologyErrors('FDP_ONTOLOGY_REQUEST', { at: 'parameters', what: 'an object' })
  const known = ['period', 'basis', 'population', 'by']
  if (!Object.keys(given).every((name) => known.includes(name))) {
    throw ontologyErrors('FDP_ONTOLOGY_QUERY_UNKNOWN', { query })
  }
  const wrong = (parameter: string) => ontologyErrors('FDP_ONTOLOGY_QUERY_PARAMETER', { query, parameter })
  const text = (parameter: string) => {
    const value = given[parameter] ?? undefined
    if (value !== undefined && typeof value !== 'string') throw wrong(parameter)
    return value
  }
  const { by = null } = given
  const list = by === null ? [] : by
  if (!Array.isArray(list) || list.length > byMax || !list.every((each) => typeof each === 'string')) throw wrong('by')
  const [period, population, basis = bases[0]!] = [text('period'), text('population'), text('basis')]
  if (period === undefined) throw ontologyErrors('FDP_ONTOLOGY_QUERY_MISSING', { query, parameter: 'period' })
  if (!bases.includes(basis)) throw wrong('basis')
  return { period, basis, by: list, ...(population === undefined ? {} : { population }) }
}

async function run(session: Session, metric: LoadedMetric, parameters: MetricParameters, justification?: string) {
  const query = queryNameOf(metric)
  try {
    return await runMetric(session, metric, parameters, justification)
  } catch (error) {
    if (isFdpError(error, 'FDP_METRICS_BAD_PERIOD')) {
      throw ontologyErrors('FDP_ONTOLOGY_QUERY_PARAMETER', { query, parameter: 'period' })
    }
    if (isFdpError(error, 'FDP_METRICS_UNKNOWN_CHOICE')) {
      const parameter = error.params.what === 'population' ? 'population' : 'by'
      throw ontologyErrors('FDP_ONTOLOGY_QUERY_PARAMETER', { query, parameter })
    }
    // It was there a moment ago.
    if (isFdpError(error, 'FDP_GATE_NOT_AVAILABLE')) throw ontologyErrors('FDP_ONTOLOGY_QUERY_TYPE', { query })
    throw error
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
