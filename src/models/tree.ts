import { literal, rawSql, sql } from '#kernel'
import type { Engine } from '#ports'
import { modelErrors } from './errors.ts'

/** A node of the engine's own parse tree, what is null or empty left out. */
export type Node = Readonly<Record<string, unknown>> & { readonly type: string }

/** Refuses at the place of a node, with what is wrong and what to do. */
export type Refuse = (node: Partial<Node> | null, what: string, help?: string) => Error

export interface Parsed {
  readonly root: Node
  readonly refuse: Refuse
}

const whole =
  'write one SELECT with WITH, FROM, JOIN, WHERE, GROUP BY, HAVING and QUALIFY; spec/models.md lists what is understood'

/** The tree of a model's query. FDP_MODEL_SQL where it is not one SELECT. */
export async function parseTree(engine: Engine, model: string, text: string): Promise<Parsed> {
  const refuse: Refuse = (node, what, help = whole) =>
    modelErrors('FDP_MODEL_SQL', { model, at: placeOf(text, node?.query_location), what, help })
  if (text.includes('\0')) throw refuse(null, 'it holds a null character')
  const [row] = await engine.rows(
    sql`SELECT json_serialize_sql(${literal(text)}, skip_null := true, skip_empty := true)::VARCHAR AS tree`,
  )
  const tree = JSON.parse(String(row?.tree)) as {
    error: boolean
    position?: string
    statements?: readonly { node: Node; named_param_map?: unknown }[]
  }
  if (tree.error)
    throw refuse({ query_location: Number(tree.position ?? 0) }, 'this is not a SELECT that can be parsed')
  if (tree.statements?.length !== 1) throw refuse(null, 'there is not exactly one statement')
  return { root: tree.statements[0]!.node, refuse }
}

/** The statement as the engine runs it: the very text that was parsed. */
export function statementOf(text: string) {
  return rawSql(text.trim().replace(/;$/, ''))
}

function placeOf(text: string, location: unknown): string {
  const bytes = Buffer.from(text)
  const at = typeof location === 'number' && location >= 0 && location <= bytes.length ? location : 0
  const before = bytes.subarray(0, at).toString('utf8').split('\n')
  return `line ${before.length}, column ${before.at(-1)!.length + 1}`
}
