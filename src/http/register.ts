import { isInPost } from '#governance'
import { type Instant, parseSubjectId, type SubjectId } from '#kernel'
import type { FdpNode, Tenant } from '#node'

/** The tenants whose registers have this person in post at this moment. Asked anew at each request (law 4). */
export function inPostAt(node: FdpNode, subject: SubjectId, at: Instant): readonly Tenant[] {
  return [...node.tenants.values()].filter((tenant) => {
    const person = tenant.governance.state().persons.get(subject)
    return person !== undefined && isInPost(person, at)
  })
}

/** A provider's word for somebody, if it can be a name in a register at all. Letters are not folded: only the same is the same. */
export function readSubject(text: string): SubjectId | null {
  try {
    return parseSubjectId(text)
  } catch {
    return null
  }
}
