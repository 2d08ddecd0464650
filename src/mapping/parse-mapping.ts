import { matchHeader, type ObjectType, objectType, objectTypes } from '#contracts'
import { type FormatSpec, type JsonObject, readFormat } from '#kernel'
import type { TableLayout } from '#ports'
import type { EachRow, Expression, MappingDocument, Reading, Translation } from './document.ts'
import { Place } from './place.ts'

const mappingFormat: FormatSpec<JsonObject> = {
  format: 'openfdp/mapping',
  version: 1,
  migrations: {},
  check: (document) => document as JsonObject,
}

const eachMax = 200
const idPattern = /^[a-z][a-z0-9-]{0,63}$/
/** Literal characters and the parts of a moment, as `strptime` names them. */
const datePattern = /^(?:%[YymdBbHMS]|[A-Za-z0-9 .,:/_-])+$/

/**
 * A mapping from its document, held against the contract of its object type. Throws FDP_MAPPING_WRONG with the place;
 * that of a format it does not know.
 */
export function parseMapping(document: JsonObject): MappingDocument {
  new Place(document).required('format').choice([mappingFormat.format])
  const { format: _format, version: _version, ...body } = readFormat(mappingFormat, document)
  const root = new Place(body)
  const type = typeOf(root.required('object'))
  const mapping: MappingDocument = {
    id: idOf(root.required('id')),
    title: root.required('title').text(),
    object: type.name,
    layout: { header: headerOf(root.optional('header')) },
    leaveOut: (root.optional('leaveOut')?.items() ?? []).map((item) => {
      const found = {
        column: item.required('column').text(),
        is: item.required('is').texts(),
        because: item.required('because').text(),
      }
      item.end()
      return found
    }),
    marks: textMap(root.optional('marks')),
    properties: expressionsOf(root.required('properties'), type, []),
    each: eachOf(root.optional('each'), type),
    once: root.optional('once')?.yes() ?? false,
    unused: root.optional('unused')?.texts() ?? [],
  }
  root.end()
  checkWhole(root, type, mapping)
  return mapping
}

function typeOf(place: Place): ObjectType {
  const name = place.text()
  const names = objectTypes().map((type) => type.name)
  if (!names.includes(name)) throw place.unknown('object type', name, names)
  return objectType(name)
}

function idOf(place: Place): string {
  const id = place.text()
  if (!idPattern.test(id)) throw place.refuse('not a name', 'use small letters, digits and hyphens')
  return id
}

function headerOf(place: Place | null): TableLayout['header'] {
  if (place === null) return 'first'
  if (place.isText()) return place.choice(['first', 'none'] as const)
  const has = place.required('has').texts()
  place.end()
  return { has }
}

function eachOf(place: Place | null, type: ObjectType): EachRow[] {
  const items = place?.items() ?? []
  if (items.length > eachMax) throw place!.refuse(`more than ${eachMax} rows from one`, 'split the mapping')
  return items.map((item) => ({
    cell: item.optional('cell')?.text() ?? null,
    properties: expressionsOf(item, type, ['cell']),
  }))
}

function expressionsOf(place: Place, type: ObjectType, except: readonly string[]): Map<string, Expression> {
  const names = type.properties.map(({ name }) => name)
  return new Map(
    place.entries().flatMap(([name, given]) => {
      if (except.includes(name)) return []
      if (!names.includes(name)) throw given.unknown(`property of ${type.name}`, name, names)
      return [[name, expressionOf(given)] as const]
    }),
  )
}

function expressionOf(place: Place): Expression {
  if (place.isText()) return { kind: 'constant', text: place.text() }
  const expression = sourceOf(place)
  place.end()
  return expression
}

function sourceOf(place: Place): Expression {
  const from = place.optional('from')
  if (from) return { kind: 'from', column: from.text(), reading: readingOf(place) }
  const key = place.optional('key')
  if (key) return { kind: 'key', properties: key.texts() }
  const join = place.optional('join')
  if (join) return { kind: 'join', columns: join.texts(), with: place.required('with').text() }
  const cell = place.optional('cell')?.choice(['value', 'status'] as const)
  if (cell === 'value') return { kind: 'cell', reading: readingOf(place) }
  if (cell === 'status') return { kind: 'status', otherwise: place.required('otherwise').text() }
  throw place.refuse('nothing says where the value comes from', 'write a text, or `from`, `join`, `key` or `cell`')
}

function readingOf(place: Place): Reading {
  const reading: Reading = {
    blank: place.optional('blank')?.texts() ?? [],
    date: dateOf(place),
    number: (place.optional('number')?.some() ?? []).map((item) => item.choice(['thousands', 'percent'] as const)),
    translate: translationOf(place),
  }
  if (Number(reading.date !== null) + Number(reading.number.length > 0) + Number(reading.translate !== null) > 1)
    throw place.refuse('a cell is a date, a number or a code, not two of them', 'remove all but one')
  return reading
}

function dateOf(place: Place): Reading['date'] {
  const date = place.optional('date')
  const as = place.optional('as')
  if (!date) {
    if (as) throw as.refuse('`as` goes with `date`', 'add `date:` with the pattern of the cells')
    return null
  }
  const patterns = date.texts()
  for (const pattern of patterns) {
    if (!datePattern.test(pattern))
      throw date.refuse('not a pattern of a date', 'use %Y %m %d %B %b %y %H %M %S and plain characters')
  }
  return { patterns, as: as?.choice(['day', 'month', 'timestamp'] as const) ?? 'day' }
}

function translationOf(place: Place): Translation | null {
  const table = place.optional('translate')
  const others = place.optional('others')
  const untranslated = place.optional('untranslated')
  if (!table) {
    const stray = others ?? untranslated
    if (stray) throw stray.refuse('this goes with `translate`', 'add `translate:` with the values')
    return null
  }
  if (others && untranslated) throw untranslated.refuse('with `others` no value is left', 'remove one of the two')
  return {
    table: textMap(table),
    others: others?.text() ?? null,
    untranslated: untranslated?.choice(['quarantine', 'keep'] as const) ?? 'quarantine',
  }
}

function textMap(place: Place | null): Map<string, string> {
  return new Map((place?.entries() ?? []).map(([key, value]) => [key, value.text()]))
}

/** What can be said only of the whole: every property that must be there is, and what an expression leans on too. */
function checkWhole(root: Place, type: ObjectType, { properties, each, once }: MappingDocument): void {
  const expressions = [properties, ...each.map((row) => row.properties)].flatMap((map) => [...map.values()])
  const mayFind = (each: Expression) => 'reading' in each && each.reading.translate?.others === null
  if (once && expressions.some(mayFind))
    throw root.required('once').refuse('rows with a code that has no translation would be found twice', 'add `others`')
  const rows = each.length === 0 ? [{ cell: null, properties: new Map<string, Expression>() }] : each
  const given = new Map([...properties, ...rows.flatMap((row) => [...row.properties])])
  rows.forEach((row, i) => {
    const all = new Map([...properties, ...row.properties])
    const place = each.length === 0 ? root.required('properties') : root.required('each').items()[i]!
    const missing = matchHeader(type, [...all.keys()]).issues.find(({ severity }) => severity === 'FAIL')
    if (missing)
      throw place.refuse(
        `\`${missing.column ?? 'every property'}\` of ${type.name} is missing`,
        'say where it comes from',
      )
    for (const [name, expression] of all) {
      if ((expression.kind === 'cell' || expression.kind === 'status') && row.cell === null)
        throw place.refuse(`\`${name}\` speaks of a cell, and none is named`, 'add `cell:` with the name of a column')
      if (expression.kind !== 'key') continue
      for (const part of expression.properties) {
        const of = given.get(part)
        if (!of) throw place.unknown(`property in the key \`${name}\``, part, [...given.keys()])
        if (of.kind === 'key')
          throw place.refuse(`the key \`${name}\` is made of a key`, 'name the properties that it is made of')
      }
    }
  })
}
