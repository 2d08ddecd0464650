import { type Document, isNode, LineCounter, parseDocument, visit } from 'yaml'
import { isFdpError, type Json, type JsonObject } from '#kernel'
import type { MappingDocument, MappingTest } from './document.ts'
import { fail } from './errors.ts'
import { parseMapping } from './parse-mapping.ts'
import { Place } from './place.ts'

const bytesMax = 1_000_000

export interface MappingFile {
  readonly mapping: MappingDocument
  /** What a submission takes: all but the tests. */
  readonly document: JsonObject
  readonly tests: readonly MappingTest[]
}

/**
 * A mapping and its tests from YAML text. Throws FDP_MAPPING_WRONG with the line and the place, FDP_MAPPING_YAML,
 * FDP_MAPPING_TOO_LARGE.
 */
export function readMappingFile(text: string): MappingFile {
  if (text.length > bytesMax) throw fail('FDP_MAPPING_TOO_LARGE', { max: bytesMax })
  const lines = new LineCounter()
  const yaml = parseDocument(text, { lineCounter: lines, uniqueKeys: true, strict: true })
  const lineAt = (offset: number) => lines.linePos(offset).line
  const wrong = yaml.errors[0] ?? yaml.warnings[0]
  if (wrong) throw fail('FDP_MAPPING_YAML', { line: lineAt(wrong.pos[0]) })
  if (hasAlias(yaml)) throw new Place(null).refuse('anchors and aliases are not read', 'write it out in both places')
  try {
    const given = Object.fromEntries(
      new Place(yaml.toJS() as Json).entries().map(([key, value]) => [key, value.json()]),
    )
    const { tests = [], ...document } = given
    return { document, mapping: parseMapping(document), tests: testsOf(new Place(tests, 'tests')) }
  } catch (error) {
    if (!isFdpError(error, 'FDP_MAPPING_WRONG')) throw error
    const { place, problem, help } = error.params as Record<string, string>
    const line = lineOf(place ?? '')
    throw fail('FDP_MAPPING_WRONG', { place: `line ${line}, ${place}`, problem: problem ?? '', help: help ?? '' })
  }

  /** Of the nearest part of the place that stands in the file. */
  function lineOf(place: string): number {
    const keys = place.split('.').map((key) => (/^[0-9]+$/.test(key) ? Number(key) - 1 : key))
    for (let depth = keys.length; depth > 0; depth--) {
      const node = yaml.getIn(keys.slice(0, depth), true)
      if (isNode(node) && node.range) return lineAt(node.range[0])
    }
    return 1
  }
}

/** Anchors and aliases can make a small file large, and nobody needs them here. */
function hasAlias(yaml: Document): boolean {
  let found = false
  visit(yaml, { Alias: () => void (found = true) })
  return found
}

function testsOf(place: Place): MappingTest[] {
  return place.items().map((item) => {
    const test: MappingTest = {
      name: item.required('name').text(),
      file: item.required('file').text(),
      rows: item
        .required('rows')
        .items()
        .map((row) => Object.fromEntries(row.entries().map(([name, value]) => [name, value.textOrNull()]))),
      found: Object.fromEntries((item.optional('found')?.entries() ?? []).map(([rule, rows]) => [rule, rows.count()])),
      leftOut: item.optional('leftOut')?.count() ?? 0,
    }
    item.end()
    return test
  })
}
