import { defineErrors } from './errors.ts'
import type { JsonObject } from './json.ts'

/**
 * Every stored document says what it is: `{ "format": "openfdp/lake-manifest", "version": 1, … }`.
 * A reader names the version it speaks and the steps from each earlier one; a later one is refused, never guessed.
 */
export interface FormatSpec<T extends JsonObject> {
  readonly format: string
  readonly version: number
  /** `migrations[n]` turns version n into n + 1. */
  readonly migrations: Readonly<Record<number, (old: JsonObject) => JsonObject>>
  readonly check: (document: JsonObject) => T
}

export const formatErrors = defineErrors({
  FDP_FORMAT_UNKNOWN: {
    status: 500,
    message: 'a stored document is not `{format}`',
    help: 'run `./fdp doctor`; if a file was replaced, restore it with `./fdp restore`',
  },
  FDP_FORMAT_NEWER: {
    status: 500,
    message: 'a stored document of format `{format}` has version {found}, this program reads up to {known}',
    help: 'start the release that wrote it, or a later one',
  },
})

export function readFormat<T extends JsonObject>(spec: FormatSpec<T>, document: JsonObject): T {
  if (document.format !== spec.format || typeof document.version !== 'number') {
    throw formatErrors('FDP_FORMAT_UNKNOWN', { format: spec.format })
  }
  if (document.version > spec.version) {
    throw formatErrors('FDP_FORMAT_NEWER', { format: spec.format, found: document.version, known: spec.version })
  }
  let current = document
  for (let version = document.version; version < spec.version; version++) {
    const step = spec.migrations[version]
    if (!step) throw formatErrors('FDP_FORMAT_UNKNOWN', { format: spec.format })
    current = { ...step(current), format: spec.format, version: version + 1 }
  }
  return spec.check(current)
}

export function writeFormat<T extends JsonObject>(spec: FormatSpec<T>, body: Omit<T, 'format' | 'version'>): T {
  return spec.check({ ...body, format: spec.format, version: spec.version })
}
