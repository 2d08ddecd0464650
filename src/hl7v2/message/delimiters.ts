import { hl7Errors } from '../errors.ts'
import { formatPlace } from './place.ts'

/** The characters that take a message apart (HL7 v2.9 section 2.5.4). Null where MSH-2 has none. */
export interface Delimiters {
  readonly field: string
  readonly component: string
  readonly repetition: string
  readonly escape: string | null
  readonly subcomponent: string | null
  /** From version 2.7 on: marks a value that was cut off. Kept as it stands. */
  readonly truncation: string | null
}

/** What most systems send, and what we send. */
export const usualDelimiters: Delimiters = {
  ...{ field: '|', component: '^', repetition: '~', escape: '\\', subcomponent: '&', truncation: null },
}

/** Printable ASCII that is neither letter, digit, blank nor the quote that null is written with. */
const usable = /^[!#-/:-@[-`{-~]+$/

/**
 * From the text of the first segment, `MSH|^~\&|…` (or FHS, BHS). Component and repetition have to be there, the others
 * may be left out from the right. FDP_HL7_HEADER.
 */
export function parseDelimiters(first: string, segment: number): Delimiters {
  const id = first.slice(0, 3)
  const fault = (field: number, problem: string) =>
    hl7Errors('FDP_HL7_HEADER', { place: formatPlace({ segment, id, field }), problem })
  const field = first.charAt(3)
  if (!usable.test(field)) throw fault(1, 'no field separator')
  const end = first.indexOf(field, 4)
  const encoding = first.slice(4, end === -1 ? first.length : end)
  const all = [field, ...encoding]
  if (encoding.length < 2 || encoding.length > 5) throw fault(2, 'not two to five encoding characters')
  if (!usable.test(encoding)) throw fault(2, 'an encoding character that cannot be one')
  if (new Set(all).size !== all.length) throw fault(2, 'one character stands for two things')
  return {
    ...{ field, component: encoding.charAt(0), repetition: encoding.charAt(1) },
    ...{ escape: encoding[2] ?? null, subcomponent: encoding[3] ?? null, truncation: encoding[4] ?? null },
  }
}
