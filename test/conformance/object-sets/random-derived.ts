import type { Json } from './plain-filter.ts'
import { linksOf, type PlainType } from './plain-sets.ts'
import type { Kind } from './plain-values.ts'
import { type Draw, drawFilter } from './random-sets.ts'

/* Random derived properties, each with the kind of value that it has. */

export interface DrawnProperty {
  readonly definition: Json
  readonly kind: Kind
}

const isNumber = (kind: Kind) => kind === 'number' || kind === 'long'
const isTime = (kind: Kind) => kind === 'date' || kind === 'timestamp'

export function drawDerived(draw: Draw, type: PlainType, depth: number): DrawnProperty {
  const makers: (() => DrawnProperty)[] = [() => own(draw, type, () => true)]
  if (linksOf(draw.world, type).length > 0) makers.push(...Array(4).fill(() => drawSelection(draw, type)))
  if (depth > 0) {
    if (linksOf(draw.world, type).length > 0 || kindsOf(type, isNumber).length > 0) {
      makers.push(...Array(2).fill(() => drawComputed(draw, type, depth)))
    }
    if (kindsOf(type, isTime).length > 0) {
      makers.push(() => extract(draw, type))
    }
    if (kindsOf(type, isTime).length > 0 || kindsOf(type, isNumber).length > 0) makers.push(() => extreme(draw, type))
  }
  return draw.one(makers)()
}

function own(draw: Draw, type: PlainType, fits: (kind: Kind) => boolean): DrawnProperty {
  const [apiName, kind] = draw.one(kindsOf(type, fits))
  return { definition: draw.use('derived', { type: 'property', apiName }), kind }
}

function kindsOf(type: PlainType, fits: (kind: Kind) => boolean) {
  return [...type.kinds].filter(([, kind]) => fits(kind))
}

/** Objects that `methodInput` leads to, by one link or two, with filters on the way. */
function drawReach(draw: Draw, from: PlainType, onlyToOne: boolean): { json: Json; type: PlainType } | null {
  let reached: { json: Json; type: PlainType } = { json: draw.use('set', { type: 'methodInput' }), type: from }
  for (let steps = 1 + draw.upTo(1); steps > 0; steps--) {
    const links = linksOf(draw.world, reached.type).filter(({ isToOne }) => isToOne || !onlyToOne)
    if (links.length === 0) break
    const link = draw.one(links)
    draw.used.add(`derivedLink.${link.isThrough ? 'through' : 'join'}`)
    reached = {
      json: draw.use('set', { type: 'searchAround', objectSet: reached.json, link: link.name }),
      type: link.to,
    }
    if (draw.upTo(2) === 2 && link.to.objects.length > 0) {
      const where = drawFilter(draw, link.to, new Map(), 1)
      reached = { ...reached, json: draw.use('set', { type: 'filter', objectSet: reached.json, where }) }
    }
  }
  return reached.type === from && reached.json.type === 'methodInput' ? null : reached
}

function drawSelection(draw: Draw, from: PlainType): DrawnProperty {
  const onlyToOne = draw.upTo(2) === 2
  const reached = drawReach(draw, from, onlyToOne) ?? drawReach(draw, from, false)!
  const { type, json: objectSet } = reached
  const made = (operation: Json, kind: Kind): DrawnProperty => {
    draw.use('selection', operation)
    return { definition: draw.use('derived', { type: 'selection', objectSet, operation }), kind }
  }
  const isToOne = onlyToOne && everyLinkToOne(draw, from, objectSet)
  const count = () => made({ type: 'count' }, 'number')
  // Numbers are rare among properties, and most figures are of numbers.
  const numbers = kindsOf(type, isNumber)
  const [name, kind] = draw.one(numbers.length > 0 && draw.maybe() ? numbers : [...type.kinds])
  const of = (how: string, result: Kind, more: Json = {}) => {
    return () => made({ type: how, selectedPropertyApiName: name, ...more }, result)
  }
  const makers = [count]
  if (isToOne) return of('get', kind)()
  if (kind !== 'texts')
    makers.push(of('exactDistinct', 'number'), of('approximateDistinct', 'number'), of('min', kind), of('max', kind))
  if (isNumber(kind)) {
    const part = draw.one([0, 0.25, 0.5, 1, 95])
    makers.push(of('sum', 'number'), of('avg', 'number'))
    makers.push(of('approximatePercentile', 'number', { approximatePercentile: part }))
  }
  if (kind === 'text' || kind === 'date') {
    const limit = draw.one([100, 1, 3])
    makers.push(of('collectList', 'texts', { limit }), of('collectSet', 'texts', { limit }))
  }
  return draw.one(makers)()
}

function everyLinkToOne(draw: Draw, from: PlainType, set: Json): boolean {
  const chain: string[] = []
  for (let at = set; at.type !== 'methodInput'; at = at.objectSet as Json) {
    if (at.type === 'searchAround') chain.unshift(at.link as string)
  }
  let type = from
  return chain.every((name) => {
    const link = linksOf(draw.world, type).find((each) => each.name === name)!
    type = link.to
    return link.isToOne
  })
}

function drawComputed(draw: Draw, type: PlainType, depth: number): DrawnProperty {
  const operand = (): Json => {
    for (let tries = 0; tries < 6; tries++) {
      const drawn = drawDerived(draw, type, depth - 1)
      if (isNumber(drawn.kind)) return drawn.definition
    }
    const count = linksOf(draw.world, type)[0]
    if (!count) return own(draw, type, isNumber).definition
    const objectSet = { type: 'searchAround', objectSet: { type: 'methodInput' }, link: count.name }
    return { type: 'selection', objectSet, operation: { type: 'count' } }
  }
  const how = draw.one(['add', 'multiply', 'subtract', 'divide', 'negate', 'absoluteValue'])
  const json = {
    add: () => ({ properties: [operand(), operand()] }),
    multiply: () => ({ properties: [operand(), operand()] }),
    subtract: () => ({ left: operand(), right: operand() }),
    divide: () => ({ left: operand(), right: operand() }),
    negate: () => ({ property: operand() }),
    absoluteValue: () => ({ property: operand() }),
  }[how]!()
  return { definition: draw.use('derived', { type: how, ...json }), kind: 'number' }
}

function extract(draw: Draw, type: PlainType): DrawnProperty {
  const part = draw.one(['DAYS', 'MONTHS', 'QUARTERS', 'YEARS'])
  const property = own(draw, type, isTime).definition
  return { definition: draw.use('derived', { type: 'extract', part, property }), kind: 'number' }
}

function extreme(draw: Draw, type: PlainType): DrawnProperty {
  const groups = [isTime, isNumber].filter((fits) => kindsOf(type, fits).length > 0)
  const fits = draw.one(groups)
  const operands = Array.from({ length: 1 + draw.upTo(2) }, () => own(draw, type, fits))
  const kinds = new Set(operands.map(({ kind }) => kind))
  const kind: Kind = kinds.size === 1 ? [...kinds][0]! : fits === isTime ? 'timestamp' : 'number'
  const properties = operands.map(({ definition }) => definition)
  return { definition: draw.use('derived', { type: draw.one(['greatest', 'least']), properties }), kind }
}
