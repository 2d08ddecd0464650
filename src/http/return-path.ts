import { httpErrors } from './errors.ts'

/** Printable ASCII after one slash; a second slash or a backslash would name another host. */
const pathPattern = /^\/(?![/\\])[\x21-\x5b\x5d-\x7e]{0,500}$/

/** A path of this node to go on to after signing in; FDP_HTTP_RETURN for anything that could lead elsewhere. */
export function readReturnPath(text: string): string {
  const here = 'http://node.invalid'
  if (!pathPattern.test(text) || !URL.canParse(text, here)) throw httpErrors('FDP_HTTP_RETURN')
  if (new URL(text, here).origin !== here) throw httpErrors('FDP_HTTP_RETURN')
  return text
}
