import { objectIn } from '#kernel'

/** What was seen beside the data. Grows until the answer has been read to its end. */
export interface Seen {
  resources: number
  /** Remarks of the server that change nothing: issues of the severity warning or information. */
  warnings: number
  /** What an export says that it lacks, where that is accepted: issues of the severity error or fatal. */
  errors: number
  /** Files of an export that list what was deleted. They are not read. */
  deletedFiles: number
}

export function nothingSeen(): Seen {
  return { resources: 0, warnings: 0, errors: 0, deletedFiles: 0 }
}

/** How many issues of an OperationOutcome are errors and how many are not; null for another resource. */
export function outcomeIn(text: Buffer): { readonly errors: number; readonly warnings: number } | null {
  if (!text.includes('OperationOutcome')) return null
  const { resourceType, issue } = objectIn(text.toString('utf8')) ?? {}
  if (resourceType !== 'OperationOutcome') return null
  const issues = Array.isArray(issue) ? issue : [null]
  const errors = issues.filter((each) => !['warning', 'information', 'success'].includes(each?.severity)).length
  return { errors, warnings: issues.length - errors }
}
