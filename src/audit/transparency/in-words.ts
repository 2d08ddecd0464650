import type { GovernanceState, Grant, PersonKind, RowScope } from '#governance'
import type { Instant } from '#kernel'

/** Kinds of people, as the public reads them. */
export const kindInWords: Readonly<Record<PersonKind, string>> = {
  'controller-staff': 'the controller’s own staff',
  'care-partner': 'care partners’ staff',
  'processor-staff': 'processors’ staff',
  other: 'others',
}

export const levelInWords = {
  identifiable: 'with names',
  pseudonymised: 'rows without names',
  aggregate: 'figures only',
} as const

export function organisationInWords(state: GovernanceState, id: string | null): string {
  if (id === null) return 'nobody'
  const name = state.organisations.get(id)?.name
  return name === undefined ? id : `${name} (${id})`
}

/** Which rows a grant reaches. Values are codes of the contract; nobody can be chosen by name or number. */
export function rowsInWords(rows: RowScope): string {
  if (rows.only) return 'one patient or record only'
  const whose = rows.controllers === 'all' ? 'all rows' : `rows of ${listed(rows.controllers)}`
  const where = rows.where.map(({ property, in: values }) =>
    values.length <= 5 ? `${property} is ${listed(values, 'or')}` : `${property} is one of ${values.length} values`,
  )
  return where.length === 0 ? whose : `${whose} where ${where.join(' and ')}`
}

export function listed(words: readonly string[], last = 'and'): string {
  const all = [...new Set(words)]
  return all.length < 2 ? (all[0] ?? '') : `${all.slice(0, -1).join(', ')} ${last} ${all.at(-1)}`
}

const months = [
  ...['January', 'February', 'March', 'April', 'May', 'June', 'July'],
  ...['August', 'September', 'October', 'November', 'December'],
]

/** `2026-01-31…` → `31 January 2026`. */
export function dayInWords(at: string): string {
  const [year, month, day] = at.slice(0, 10).split('-')
  return `${Number(day)} ${months[Number(month) - 1] ?? ''} ${year}`
}

export function dayOf(at: Instant): string {
  return at.slice(0, 10)
}

/** Who holds a grant, without saying who. */
export function holderInWords(state: GovernanceState, { holder }: Pick<Grant, 'holder'>): string {
  if ('team' in holder) {
    const team = state.teams.get(holder.team)
    return `a role in a team of ${organisationInWords(state, team?.organisation ?? null)}`
  }
  const person = state.persons.get(holder.person)
  if (!person) return 'somebody who is not registered'
  return `somebody of ${organisationInWords(state, person.employer)}, one of ${kindInWords[person.kind]}`
}
