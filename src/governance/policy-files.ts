import { readFileSync } from 'node:fs'

/** The text of a Cedar schema and of the policies, all in one. */
export interface PolicyFiles {
  readonly schema: string
  readonly policies: string
}

/** The policies that ship with the program. A deployment may add `forbid` policies of its own after them. */
export function shippedPolicyFiles(): PolicyFiles {
  return { schema: read('schema.cedarschema'), policies: read('access.cedar') }
}

/** Who may have a person erased. */
export function erasurePolicyFiles(): PolicyFiles {
  return { schema: read('erasure.cedarschema'), policies: read('erasure.cedar') }
}

function read(name: string): string {
  return readFileSync(new URL(`../../policies/${name}`, import.meta.url), 'utf8')
}
