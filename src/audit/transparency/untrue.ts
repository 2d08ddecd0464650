import type { Contradiction, GovernanceState, Person } from '#governance'
import { kindInWords, listed, organisationInWords } from './in-words.ts'

const holding = /^(.+?) holds? (a grant .*)$/

/** What is the case instead of a sentence, with people told as how many of which kind and employer. */
export function insteadInWords(state: GovernanceState, { instead }: Contradiction): string {
  const [, ids, what] = holding.exec(instead) ?? []
  if (ids === undefined) return instead.replace(/^(\d+) hold /, '$1 people hold ')
  const people = ids.split(', ').map((id) => state.persons.get(id as Person['id']))
  if (!people.every((person) => person !== undefined)) return `some hold ${what}`
  const groups = new Map<string, { readonly person: Person; count: number }>()
  for (const person of people) {
    const group = groups.get(`${person.kind} ${person.employer}`) ?? { person, count: 0 }
    group.count += 1
    groups.set(`${person.kind} ${person.employer}`, group)
  }
  const who = [...groups.values()].map(
    ({ person, count }) =>
      `${count === 1 ? '1 person' : `${count} people`} of ${organisationInWords(state, person.employer)}, of ${kindInWords[person.kind]},`,
  )
  return `${listed(who)} ${people.length === 1 ? 'holds' : 'hold'} ${what}`
}
