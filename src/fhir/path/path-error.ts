import type { FdpError } from '#kernel'
import { fail } from '../errors.ts'

/** Where a path stands in its definition, such as `select[0].column[1].path`. */
export interface PathSource {
  readonly text: string
  readonly place: string
}

export const subsetHelp = 'spec/fhir-views.md lists what a path may hold'

/** `at` counts characters from 0; people count from 1. */
export function pathError({ place }: PathSource, at: number, problem: string, help: string = subsetHelp): FdpError {
  return fail('FDP_FHIR_PATH', { place, at: at + 1, problem, help })
}
