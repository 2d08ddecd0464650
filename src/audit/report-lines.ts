import type { GovernanceState, Person } from '#governance'
import type { ReadFact } from './reads.ts'
import type { ReportUse } from './report-format.ts'
import { classWords, commonLawWords, inWords, kindWords, levelWords } from './report-words.ts'

export interface Who {
  readonly role: string
  readonly organisation: string
  readonly kind: string
  readonly name: string
}

/** Who read, as the register had them then. */
export function whoOf(state: GovernanceState, { subject }: ReadFact): Who {
  const person = state.persons.get(subject) as Person | undefined
  if (!person) return { role: 'not registered', organisation: 'not known', kind: 'not known', name: 'not known' }
  const organisation = state.organisations.get(person.employer)?.name ?? person.employer
  return { role: person.role, organisation, kind: inWords(kindWords, person.kind), name: person.name }
}

export function purposeOf(state: GovernanceState, { purpose: id }: ReadFact): ReportUse['purpose'] {
  const purpose = state.purposes.get(id)
  if (!purpose) return { id, name: 'not registered', words: 'not known', lawfulBasis: 'none', confidentiality: 'none' }
  const { name, class: of, article6, article9, commonLaw } = purpose
  const lawfulBasis = `UK GDPR Article ${article6}${article9 === null ? '' : ` and ${article9}`}`
  return { id, name, words: inWords(classWords, of), lawfulBasis, confidentiality: inWords(commonLawWords, commonLaw) }
}

export function dataOf({ relations }: ReadFact): ReportUse['data'] {
  return Object.values(relations).map(({ object, level, columns }) => ({
    ...{ object, level, columns: [...columns], words: inWords(levelWords, level) },
  }))
}
