import { limits } from '#kernel'
import type { Budget } from './budget.ts'
import { flag, isThere, items, member, type Place, text, tooMany, typeOf, whole, wrong } from './place.ts'
import { editsNear, lowerCase, termsOf } from './terms.ts'
import type { IntervalRule } from './wire.ts'

const gapsMax = 10_000
const editsMax = 2

/** An `IntervalQueryRule`: what it says of queries is said of their terms. FDP_ONTOLOGY_REQUEST, FDP_ONTOLOGY_LIMIT. */
export function intervalAt(place: Place, depth: number, budget: Budget): IntervalRule {
  budget.node(depth)
  const rules = () =>
    items(member(place, 'rules'), limits.objectSetNodesMax).map((each) => intervalAt(each, depth + 1, budget))
  switch (typeOf(place)) {
    case 'match': {
      const found = queryAt(place, depth, budget).map((each) => ({ type: 'term', text: each, how: 'exact' }) as const)
      return { type: 'allOf', rules: found, ordered: orderedAt(place), maxGaps: gapsAt(place) }
    }
    case 'prefixOnLastToken': {
      const terms = queryAt(place, depth, budget)
      const how = (i: number) => (i === terms.length - 1 ? 'prefix' : 'exact')
      const found = terms.map((each, i) => ({ type: 'term', text: each, how: how(i) }) as const)
      return { type: 'allOf', rules: found, ordered: true, maxGaps: null }
    }
    case 'fuzzy': {
      const term = lowerCase(text(member(place, 'term'), limits.filterTextCharactersMax))
      const fuzziness = member(place, 'fuzziness')
      const edits = isThere(fuzziness) ? whole(fuzziness, 0, editsMax) : editsNear(term)
      return { type: 'term', text: term, how: { edits } }
    }
    case 'allOf':
      return { type: 'allOf', rules: rules(), ordered: orderedAt(place), maxGaps: gapsAt(place) }
    case 'anyOf':
      return { type: 'anyOf', rules: rules() }
    default:
      throw wrong(member(place, 'type'), 'a type of rule')
  }
}

function queryAt(place: Place, depth: number, budget: Budget): string[] {
  const terms = termsOf(text(member(place, 'query'), limits.filterTextCharactersMax))
  if (terms.length > limits.searchTermsMax) throw tooMany('the number of terms', limits.searchTermsMax)
  for (const _ of terms) budget.node(depth)
  return terms
}

function orderedAt(place: Place): boolean {
  return flag(member(place, 'ordered'), false)
}

/** None, or fewer than none, is any number. */
function gapsAt(place: Place): number | null {
  const found = member(place, 'maxGaps')
  if (!isThere(found)) return null
  const gaps = whole(found, -1, gapsMax)
  return gaps === -1 ? null : gaps
}
