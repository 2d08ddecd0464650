import type { Static, TObject } from '@sinclair/typebox'
import type { DateOnly, Instant, JsonObject } from '#kernel'
import type { FileDrop } from './file-drop.ts'
import type { Source } from './source.ts'

/**
 * A kind of other system that data come from: a database, a server of FHIR, a place for files; or that people are told by. `settings` says what has to be
 * declared of one, each with a description; nothing of it is secret: a setting that ends in `File` names a file with a secret.
 */
export interface ConnectionKind<S extends TObject = TObject> {
  readonly settings: S
  /** Opens nothing yet: a system that is away fails when it is asked. `secret` gives the text of such a file. */
  open(settings: Static<S>, secret: (file: string) => string): Connection
}

/**
 * Guarantees: the other system is only read; nothing that it said is in an error; a secret never leaves this; whatever is
 * waited for has a time limit. A system that is away or busy fails with status 503, a question that it does not take with 422.
 */
export interface Connection {
  /** Of a kind that holds files: `place` is a folder or prefix in it. */
  drop?(place: string): FileDrop
  /** Of a kind that answers questions. */
  ask?(question: Question): Promise<Answer>
  /** Of a kind that people are told by: resolves when the other side has taken it; it may be told the same again. */
  tell?(notice: Notice): Promise<void>
  /** Ends what is open; it may be used again afterwards. */
  close(): Promise<void>
}

export interface Question {
  /** In the language of the kind, as whoever runs the node wrote it: a statement, a path. */
  readonly text: string
  /** The day that the answer is to speak of. */
  readonly day: DateOnly
  /** The last answer that was published, where a question can be put for what changed since. */
  readonly before: { readonly day: DateOnly; open(): AsyncIterable<Uint8Array> } | null
  /** A small note to itself that outlives the process, for an answer that takes hours. Holds nothing that the other system said of people. */
  readonly note: { read(): Promise<JsonObject | null>; write(note: JsonObject | null): Promise<void> }
}

/** The whole of what is there, changes included; `source` may be opened once only, and is read to its end or given up. */
export interface Answer {
  readonly source: Source
  /** A name that readers go by. */
  readonly format: string
}

/** Something that people should know of. Holds nothing of a patient. */
export interface Notice {
  /** The same for the same notice, so that one which comes twice can be known again. */
  readonly id: string
  readonly at: Instant
  /** A line. */
  readonly subject: string
  /** The same at length, plain text. */
  readonly text: string
  /** The same for programs. */
  readonly document: JsonObject
}
