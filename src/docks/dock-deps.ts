import type { FlowDeps } from '#flows'
import type { Connection, OpenFileDrop, Question } from '#ports'
import type { DropWatch } from './drop-watch.ts'

export interface DockDeps {
  readonly flows: FlowDeps
  /** Folders of this machine. */
  readonly openDrop: OpenFileDrop
  /** Another system by its name. Fails where none is declared by that, or not right. */
  connection(name: string): Connection
  /** What an answer that takes hours notes for itself, by dock. */
  note(dock: string): Question['note']
  readonly watch: DropWatch
}
