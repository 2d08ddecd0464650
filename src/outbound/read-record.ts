import { objectType, type Property } from '#contracts'
import type { Question, RelationRequest, Session } from '#gate'
import { type EntryIndex, ident, joinSql, rawSql, type Sql, sql } from '#kernel'
import type { RecordValues } from './encode.ts'
import { outboundErrors } from './errors.ts'
import { type MapPath, type OutboundMap, patientPath, propertyOf } from './outbound-map.ts'

/** Which record, as of when, and under which name it is asked for. */
export interface RecordAsked {
  readonly queue: string
  readonly message: string
  /** The tenant-local key. */
  readonly key: bigint
  readonly asOf: EntryIndex
}

export interface RecordRead {
  /** Entry of the read. */
  readonly entry: EntryIndex
  readonly values: RecordValues
}

/** A relation of the question: the record itself, or one that it leads to. */
interface Node {
  readonly alias: string
  readonly object: string
  readonly columns: Set<string>
  readonly joins: Set<string>
  /** How it is reached; null for the record itself and for the patient. */
  readonly from: { readonly alias: string; readonly property: Property } | null
}

const self = 'record'

/**
 * What the record says for a map, with what it leads to: one read through the gate at identifiable level, with everything
 * that comes with one. FDP_GATE_*, FDP_OUTBOUND_NO_RECORD, FDP_OUTBOUND_TWO_RECORDS.
 */
export async function readRecord(session: Session, map: OutboundMap, asked: RecordAsked): Promise<RecordRead> {
  const paths = pathsOf(map)
  const nodes = nodesOf(map.object, paths)
  await using result = await session.rows(questionOf(map.object, paths, nodes, asked))
  const rows: RecordValues[] = []
  for await (const { rowCount, columns } of result.batches()) {
    for (let i = 0; i < rowCount; i++) {
      rows.push(new Map(paths.map(({ path }, at) => [path, (columns[at]?.[i] ?? null) as string | null])))
    }
  }
  const [values, ...others] = rows
  if (!values) throw outboundErrors('FDP_OUTBOUND_NO_RECORD')
  if (others.length > 0) throw outboundErrors('FDP_OUTBOUND_TWO_RECORDS')
  return { entry: result.entry, values }
}

function pathsOf({ object, segments, where }: OutboundMap): MapPath[] {
  const key = objectType(object).primaryKey
  const own: MapPath = { path: key, object, property: propertyOf(objectType(object), key)! }
  const said = segments.flatMap(({ fields }) =>
    fields.flatMap(({ source }) => (source.kind === 'from' ? [source.path] : [])),
  )
  const all = [own, ...said, ...where.map(({ path }) => path)]
  return [...new Map(all.map((path) => [path.path, path])).values()]
}

function nodesOf(object: string, paths: readonly MapPath[]): ReadonlyMap<string, Node> {
  const { primaryKey } = objectType(object)
  const nodes = new Map<string, Node>()
  nodes.set(self, { alias: self, object, columns: new Set(), joins: new Set([primaryKey]), from: null })
  for (const { path } of paths) {
    let at = nodes.get(self)!
    const names = path.split('.')
    for (const [i, name] of names.entries()) {
      if (i === names.length - 1) at.columns.add(name)
      else at = step(nodes, at, name)
    }
  }
  return nodes
}

function step(nodes: Map<string, Node>, at: Node, name: string): Node {
  const alias = `${at.alias}.${name}`
  const known = nodes.get(alias)
  if (known) return known
  const isPatient = at.alias === self && name === patientPath
  const property = isPatient ? null : propertyOf(objectType(at.object), name)!
  if (property) at.joins.add(name)
  const object = property ? property.references!.object : 'Patient'
  const joins = new Set(property ? [property.references!.property] : [])
  const from = property ? { alias: at.alias, property } : null
  const node: Node = { alias, object, columns: new Set(), joins, from }
  nodes.set(alias, node)
  return node
}

function questionOf(
  object: string,
  paths: readonly MapPath[],
  nodes: ReadonlyMap<string, Node>,
  { queue, message, key, asOf }: RecordAsked,
): Question & { readonly person: string } {
  const type = objectType(object)
  const withPatient = nodes.has(`${self}.${patientPath}`)
  const relations = [...nodes.values()].map((node): [string, RelationRequest] => {
    const { alias, columns, joins } = node
    const byPerson = withPatient && (alias === self || isOfPerson(node))
    return [
      alias,
      {
        ...{ object: node.object, level: 'identifiable', columns: [...new Set([...columns, ...joins])] },
        ...{ joins: [...joins], ...(byPerson ? { persons: true, whose: true } : {}) },
      },
    ]
  })
  return {
    about: { kind: 'outbound', queue, message, object },
    justification: `message ${message} of the queue ${queue}`,
    ...{ relations: Object.fromEntries(relations), person: self, asOf },
    build: (from) => {
      const selected = paths.map((path, i) => sql`${valueSql(path)} AS ${ident(`value ${i}`)}`)
      if (type.personLevel) selected.push(sql`${ident(self)}."_person" AS "_person"`)
      const joined = [...nodes.values()].slice(1).map((node) => joinSqlOf(node, from[node.alias]!))
      const own = sql`${ident(self)}.${ident(`~${type.primaryKey}`)}`
      const found = joinSql([sql`${from[self]!} AS ${ident(self)}`, ...joined], ' ')
      return sql`SELECT ${joinSql(selected, ', ')} FROM ${found} WHERE ${own} = ${key} ORDER BY ${ident(self)}."_order" LIMIT 2`
    },
  }
}

function isOfPerson({ alias, from }: Node): boolean {
  return alias !== self && from === null
}

/** The patient by the person whom the record is about, in the records of the same organisation. */
function joinSqlOf(node: Node, relation: Sql): Sql {
  const { alias, from } = node
  const [there, here] = [ident(alias), ident(from?.alias ?? self)]
  if (from === null) {
    return sql`LEFT JOIN ${relation} AS ${there} ON ${there}."~person" = ${here}."~person" AND ${there}."~controller" = ${here}."~controller"`
  }
  const far = from.property.references!.property
  return sql`LEFT JOIN ${relation} AS ${there} ON ${there}.${ident(`~${far}`)} = ${here}.${ident(`~${from.property.name}`)}`
}

/** Exact text; moments as ISO 8601 in UTC. What lies in the vault is text already. */
function valueSql({ path, property }: MapPath): Sql {
  const names = path.split('.')
  const alias = [self, ...names.slice(0, -1)].join('.')
  const column = sql`${ident(alias)}.${ident(names.at(-1)!)}`
  if (property.type !== 'timestamp') return sql`CAST(${column} AS VARCHAR)`
  return sql`strftime(CAST(${column} AS TIMESTAMP), ${rawSql("'%Y-%m-%dT%H:%M:%S.%gZ'")})`
}
