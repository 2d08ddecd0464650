import { type ImportedType, plain } from './contract.ts'
import { externalIds, foreignKeysByName, foreignTables, notPersonLevel, renames } from './judgements.ts'
import type { ApiType } from './open-api.ts'
import type { SpecTable } from './specification.ts'

/** The page that sets the two published files side by side and lists every judgement made between them. */
export function formatReferencePage(
  types: readonly ImportedType[],
  api: readonly ApiType[],
  spec: readonly SpecTable[],
): string {
  const withoutType = spec.filter((table) => !types.some((type) => plain(type.name) === plain(table.title)))
  const withoutTable = types.filter((type) => !spec.some((table) => plain(table.title) === plain(type.name)))
  return [
    intro(types, api, spec),
    '## Object types',
    table(
      ['object type', 'table', 'key', 'rows about', 'in both', 'only interface', 'only specification', 'links'],
      types.map((type) => [
        code(type.apiName),
        withoutTable.includes(type) ? '–' : code(type.table),
        code(type.primaryKey),
        type.personLevel ? 'a patient' : 'other',
        ...(['both', 'interface', 'specification'] as const).map((source) =>
          String(type.properties.filter((property) => property.source === source).length),
        ),
        String(type.links.length),
      ]),
    ),
    '## Tables without an object type',
    'The specification describes them; the interface does not offer them, and no contract is made of them.',
    table(
      ['table', 'title', 'key', 'columns'],
      withoutType.map((one) => [code(one.table), one.title, code(one.primaryKey), String(one.columns.length)]),
    ),
    '## Object types without a table',
    table(
      ['object type', 'properties', 'key, by judgement'],
      withoutTable.map((type) => [code(type.name), String(type.properties.length), code(type.primaryKey)]),
    ),
    '## Properties in one file only',
    table(
      ['object type', 'only in the interface', 'only in the specification'],
      types
        .filter((type) => !withoutTable.includes(type))
        .map((type) => [code(type.name), onlyIn(type, 'interface'), onlyIn(type, 'specification')]),
    ),
    '## Types that differ',
    typeDifferences(types, api, spec),
    '## Judgements',
    judgements(types),
  ]
    .join('\n\n')
    .concat('\n')
}

function intro(types: readonly ImportedType[], api: readonly ApiType[], spec: readonly SpecTable[]): string {
  const count = (filter: (property: ImportedType['properties'][number]) => boolean) =>
    types.reduce((n, type) => n + type.properties.filter(filter).length, 0)
  return [
    '# The canonical data model, version 146',
    '<!-- Written by tools/import-cdm. Do not edit. -->',
    'The model is published as an interface description (OpenAPI) and an output specification. They do not agree in every',
    'place. A contract holds every property of either; this page says which file has what, and what was decided by hand.',
    'Contains public sector information licensed under the Open Government Licence v3.0.',
    '',
    table(
      ['what', 'count'],
      [
        ['object types of the interface', String(api.length)],
        ['tables of the specification', String(spec.length)],
        ['properties of the interface', String(api.reduce((n, type) => n + type.properties.length, 0))],
        ['columns of the specification', String(spec.reduce((n, one) => n + one.columns.length, 0))],
        ['properties in contracts', String(count(() => true))],
        ['… in both files', String(count(({ source }) => source === 'both'))],
        ['… only in the interface', String(count(({ source }) => source === 'interface'))],
        ['… only in the specification', String(count(({ source }) => source === 'specification'))],
        ['with a value set', String(count(({ values }) => values !== null))],
        ['with severity FAIL', String(count(({ severity }) => severity === 'FAIL'))],
        ['with severity WARN', String(count(({ severity }) => severity === 'WARN'))],
        [
          'that may not be empty, keys aside',
          String(count(({ nullable, role }) => !nullable && role !== 'primary-key')),
        ],
        ['deprecated', String(count(({ lifecycle }) => lifecycle === 'deprecated'))],
        ['optional, derivable', String(count(({ lifecycle }) => lifecycle === 'optional-derivable'))],
        ['optional, not derivable', String(count(({ lifecycle }) => lifecycle === 'optional-not-derivable'))],
      ],
    ),
  ].join('\n')
}

function typeDifferences(types: readonly ImportedType[], api: readonly ApiType[], spec: readonly SpecTable[]): string {
  const rows = types.flatMap((type) => {
    const columns = spec.find((one) => plain(one.title) === plain(type.name))?.columns ?? []
    return type.properties.flatMap((property) => {
      const offered = api.find((one) => one.name === type.name)?.properties.find(({ name }) => name === property.name)
      const column = columns.find((one) => one.column === property.column)
      if (!offered || !column || offered.type === column.type) return []
      return [[code(`${type.name}.${property.name}`), offered.type, column.type]]
    })
  })
  if (rows.length === 0) return 'None: where both files have a property, they give it the same type.'
  return table(['property', 'interface', 'specification'], rows)
}

function judgements(types: readonly ImportedType[]): string {
  const joinless = types.flatMap((type) =>
    type.links.filter((link) => !link.join).map((link) => `${type.name}.${link.name}`),
  )
  return [
    'Properties taken for a column of another name:',
    table(
      ['property', 'column'],
      Object.entries(renames).map(([property, column]) => [code(property), code(column)]),
    ),
    'Tables that a foreign key names and the specification does not describe:',
    table(
      ['table', 'object type'],
      Object.entries(foreignTables).map(([name, object]) => [code(name), code(object)]),
    ),
    'Names that are keys of another record where the specification does not say so:',
    table(
      ['property', 'object type'],
      Object.entries(foreignKeysByName).map(([name, object]) => [code(name), code(object)]),
    ),
    `Identifiers of other systems, which are keys too: ${[...externalIds].map(code).join(', ')}.`,
    `Types whose rows are about no one patient: ${[...notPersonLevel].map(code).join(', ')}.`,
    `Links of which the files do not say how they join: ${joinless.map(code).join(', ')}.`,
  ].join('\n\n')
}

function onlyIn(type: ImportedType, source: 'interface' | 'specification'): string {
  const names = type.properties.filter((property) => property.source === source)
  return names.map(({ name, column }) => code(source === 'interface' ? name : column)).join(', ') || '–'
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n')
}

function code(name: string): string {
  return `\`${name}\``
}
