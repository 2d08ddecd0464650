import { auditErrors } from '../errors.ts'
import type { LineageGraph } from './lineage-graph.ts'
import { type Direction, startsOf, type TraceStart, traced } from './trace.ts'

/** The part of a graph that somebody asked for. */
export interface AskedGraph {
  readonly graph: LineageGraph
  /** The question in words. */
  readonly words: string
  /** Whether columns that nothing used belong to the answer. */
  readonly every: boolean
}

/** Answers a question about a graph; the whole where nothing is named. FDP_AUDIT_LINEAGE_NONE where nothing has that name. */
export function askedOf(graph: LineageGraph, start: TraceStart, direction: Direction): AskedGraph {
  const { object, column, metric } = start
  if (object === undefined && metric === undefined)
    return { graph, words: 'Everything that is kept here.', every: false }
  const starts = startsOf(graph, start)
  if (starts.length === 0) throw auditErrors('FDP_AUDIT_LINEAGE_NONE', {})
  const columns = object === undefined ? [] : [column === undefined ? object : `${column} of ${object}`]
  const what = [...(metric === undefined ? [] : [metric]), ...columns].join(' and ')
  return {
    graph: traced(graph, starts, direction),
    words: `${words[direction]} ${what}.`,
    every: metric !== undefined || column !== undefined,
  }
}

const words: Readonly<Record<Direction, string>> = {
  up: 'Where it comes from:',
  down: 'What it reaches:',
  both: 'Where it comes from, and what it reaches:',
}
