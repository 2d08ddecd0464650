import type { Encoding } from './character-set.ts'
import type { Delimiters } from './delimiters.ts'
import { formatPlace, type Place } from './place.ts'

/**
 * What a message says at one place: a text (`''` only where an escape sequence stands for nothing), `null` for the HL7
 * null `""` (what was there before is to be removed), `undefined` where it says nothing (leave what was there).
 */
export type Value = string | null | undefined

/** Subcomponents; [0] is the first. */
export type Component = readonly Value[]
/** Components; [0] is the first. */
export type Repetition = readonly Component[]
/** Repetitions; none where the field is empty. */
export type Field = readonly Repetition[]

export interface Segment {
  /** `PID`, `ZBE`: a capital letter and two capital letters or digits. */
  readonly id: string
  /** Position in the message, from 1. */
  readonly at: number
  /** By HL7's number: [1] is PID-1. [0] is empty. Fields behind the last that was sent are not there. */
  readonly fields: readonly Field[]
}

export interface Message {
  readonly delimiters: Delimiters
  readonly encoding: Encoding
  /** MSH first; segments nobody knows are kept. */
  readonly segments: readonly Segment[]
  /** MSH-9.1, MSH-9.2, MSH-10, MSH-12.1. */
  readonly type: string
  readonly trigger: string | undefined
  readonly controlId: string
  readonly version: string
}

/** Where in a segment; what is not said is the first. */
export interface At {
  readonly repetition?: number
  readonly component?: number
  readonly subcomponent?: number
}

/** One value by HL7's numbers, from 1. A field that is null as a whole is null at its first component only. */
export function valueAt(segment: Segment, field: number, at: At = {}): Value {
  const repetition = segment.fields[field]?.[(at.repetition ?? 1) - 1]
  return repetition?.[(at.component ?? 1) - 1]?.[(at.subcomponent ?? 1) - 1]
}

/** True where the whole field is `""`. */
export function isNullField(segment: Segment, field: number): boolean {
  const [only, ...others] = segment.fields[field] ?? []
  return others.length === 0 && only?.length === 1 && only[0]?.length === 1 && only[0][0] === null
}

export function segmentsOf(message: Message, id: string): readonly Segment[] {
  return message.segments.filter((segment) => segment.id === id)
}

/** For errors. */
export function placeIn(segment: Segment, field: number, at: At = {}): string {
  const place: Place = { segment: segment.at, id: segment.id, field, ...at }
  return formatPlace(place)
}
