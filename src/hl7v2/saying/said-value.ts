import type { Timestamp } from '../time/timestamp.ts'

/** `null`: what was there is to be removed. `undefined`: nothing is said of it, it stays as it was. */
export type Said<T> = T | null | undefined

/** Who numbers, as HD: a name among the systems that talk here, and a name anywhere. */
export interface Authority {
  readonly namespace: string | undefined
  readonly universalId: string | undefined
}

export interface Identifier {
  readonly kind: 'identifier'
  readonly value: string
  readonly authority: Authority
  /** Table 0203: `MR`, `NH`, `VN`. */
  readonly type: string | undefined
  /** An NHS number by its type and authority; whether it can be one is not looked at here. */
  readonly scheme: 'nhs-number' | 'other'
}

export interface CodeValue {
  readonly kind: 'code'
  readonly code: string
  /** Name of the code system as the message says it. */
  readonly system: string | undefined
}

/** Free text: names of codes, notes, reports, and whatever a sender may write at will. May identify anybody. */
export interface TextValue {
  readonly kind: 'text'
  readonly text: string
}

export interface TimeValue {
  readonly kind: 'time'
  readonly time: Timestamp
}

/** As written, to the last digit. */
export interface NumberValue {
  readonly kind: 'number'
  readonly digits: string
}

export interface NameValue {
  readonly kind: 'name'
  readonly family: Said<string>
  readonly given: Said<string>
  readonly middle: Said<string>
  readonly prefix: Said<string>
  readonly suffix: Said<string>
  readonly use: Said<string>
}

export interface AddressValue {
  readonly kind: 'address'
  readonly lines: readonly string[]
  readonly town: Said<string>
  readonly county: Said<string>
  readonly postcode: Said<string>
  readonly country: Said<string>
  readonly use: Said<string>
}

export interface LocationValue {
  readonly kind: 'location'
  readonly pointOfCare: Said<string>
  readonly room: Said<string>
  readonly bed: Said<string>
  readonly facility: Said<string>
  readonly status: Said<string>
  readonly building: Said<string>
  readonly floor: Said<string>
}

/** A member of staff. */
export interface StaffValue {
  readonly kind: 'staff'
  readonly id: Said<string>
  readonly family: Said<string>
  readonly given: Said<string>
  readonly authority: Authority
}

export type SaidValue =
  | Identifier
  | CodeValue
  | TextValue
  | TimeValue
  | NumberValue
  | NameValue
  | AddressValue
  | LocationValue
  | StaffValue

export interface SaidField {
  /** HL7's number; two names may have one, for two parts of it. */
  readonly field: number
  /** Our name of it: `birth`, `hospitalService`. */
  readonly name: string
  /** Null where the field is `""`. Never empty. */
  readonly values: readonly SaidValue[] | null
}

export interface SaidSegment {
  readonly id: string
  /** Position in the message, from 1. */
  readonly at: number
  readonly fields: readonly SaidField[]
}
