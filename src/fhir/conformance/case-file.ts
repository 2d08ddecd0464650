import { fail } from '../errors.ts'

/** One file of the suite: resources, and tests over them (tests.schema.json of the suite). */
export interface CaseFile {
  /** Each resource as JSON text with the digits that the file has. */
  readonly resources: readonly string[]
  readonly tests: readonly Case[]
}

export interface Case {
  readonly title: string
  readonly view: unknown
  readonly expect?: readonly Readonly<Record<string, unknown>>[]
  readonly expectCount?: number
  readonly expectError?: boolean
  readonly expectColumns?: readonly string[]
}

/** Reads a case file. Errors: FDP_FHIR_CASE_FILE. */
export function parseCaseFile(file: string, text: string): CaseFile {
  const refuse = (problem: string) => fail('FDP_FHIR_CASE_FILE', { file, problem })
  const { tests } = parsed(text, refuse) as { tests?: unknown }
  // Numbers as they are written: 1.0 has another precision than 1
  const { resources } = JSON.parse(text, keepDigits) as { resources?: unknown }
  if (!Array.isArray(resources) || !Array.isArray(tests)) throw refuse('it has no `resources` or no `tests`')
  for (const test of tests) {
    const { title, view } = (test ?? {}) as Partial<Case>
    if (typeof title !== 'string' || view === undefined) throw refuse('a test has no `title` or no `view`')
  }
  return { resources: resources.map((resource) => JSON.stringify(resource)), tests }
}

function parsed(text: string, refuse: (problem: string) => Error): object {
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value === 'object' && value !== null) return value
  } catch {
    // Said below
  }
  throw refuse('it is no JSON object')
}

/** ECMAScript's source text access, which the library of types does not have yet. */
const { rawJSON } = JSON as unknown as { rawJSON(text: string): unknown }

function keepDigits(_: string, value: unknown, context?: { source?: string }): unknown {
  return typeof value === 'number' && context?.source !== undefined ? rawJSON(context.source) : value
}
