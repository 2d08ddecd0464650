import type { Instant } from '#kernel'
import type { Source } from './source.ts'

/** A file in a drop, as it lay there at one look. */
export interface DroppedFile {
  /** Its name without folders. */
  readonly name: string
  readonly bytes: number
  readonly modifiedAt: Instant
}

/**
 * A place where another system leaves files. Guarantees: `list` gives plain files of the place itself, none of folders in it
 * and none behind a symbolic link, in the order of their names; nothing is written, moved or deleted. Status 503
 * when the place cannot be looked at (FDP_DROP_UNREACHABLE of a folder), 400 for what is no name of a file in it, 409 or 404
 * for a file that changed or is gone after it was opened.
 */
export interface FileDrop {
  list(): Promise<readonly DroppedFile[]>
  open(name: string): Promise<Source>
}

/** `place`: an absolute path of a folder. */
export type OpenFileDrop = (place: string) => FileDrop
