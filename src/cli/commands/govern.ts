import type { Command } from 'commander'
import { definitionOf, eventTypes, type RegisterName, registerList, registerNames, sightOf } from '#governance'
import { type Body, type SignableType, signAndAppend, signableTypes } from '#node'
import { usage } from '../errors.ts'
import { type Cell, printRows } from '../io.ts'
import { type Act, noun } from '../program.ts'
import { readJsonOption } from '../read-json.ts'
import { readChoiceOption } from '../read-option.ts'
import { actingOptions, contextOf } from '../scene.ts'
import { formOfSchema, type SchemaShown } from '../schema-form.ts'

const moduleName = 'governance.'
const shortNames = signableTypes.map((type) => type.slice(moduleName.length))

/** `fdp govern sign`, `types`, `show`: every event and every register, by their names. */
export function governCommands(program: Command, act: Act): void {
  const govern = noun(program, 'govern', 'what governs a tenant: its registers, and the events that change them')
  typesCommand(govern, act)
  signCommand(govern, act)
  showCommand(govern, act)
}

function typesCommand(govern: Command, act: Act): void {
  act(
    govern
      .command('types')
      .argument('[type]', 'for example `person-registered`')
      .description('the types of event, or the fields of one'),
    async ({ io }, _options, [type]) => {
      if (type === undefined) {
        const rows = eventTypes.map((each) => [each.slice(moduleName.length), definitionOf(each).what, wayOf(each)])
        printRows(io, ['type', 'to', 'with'], rows)
        return
      }
      const { schema } = definitionOf(typeOf(type, 'govern types'))
      const { properties, required = [] } = schema as unknown as Required<Pick<SchemaShown, 'properties' | 'required'>>
      const fields = Object.entries(properties).filter(([name]) => name !== 'version' && name !== 'by')
      const rows = fields.map(([name, form]) => [name, required.includes(name) ? 'required' : '', formOfSchema(form)])
      printRows(io, ['field', 'presence', 'form'], rows)
    },
  )
}

const ownWays: Readonly<Record<string, string>> = {
  'governance.grant-approved': './fdp access grant, ./fdp access approve',
}

function wayOf(type: string): string {
  if ((signableTypes as readonly string[]).includes(type)) return './fdp govern sign'
  return ownWays[type] ?? 'a command of its own'
}

/** The type of event that a word names, whole or without the module. FDP_CLI_USAGE. */
export function typeOf(text: string, command: string): SignableType {
  const short = text.startsWith(moduleName) ? text.slice(moduleName.length) : text
  if (!shortNames.includes(short)) {
    throw usage('no event of that type is signed so; `./fdp govern types` lists them', command)
  }
  return `${moduleName}${short}` as SignableType
}

function signCommand(govern: Command, act: Act): void {
  act(
    actingOptions(
      govern.command('sign').argument('<type>').description('sign an event and append it to the ledger, as yourself'),
    )
      .option('--file <path>', 'the fields as a JSON file')
      .option('--json <text>', 'the fields as JSON'),
    async (scene, options, [type = '']) => {
      const { tenant, context } = await scene.acting(contextOf(options))
      const known = typeOf(type, 'govern sign')
      const body = await readJsonOption(scene, options, 'govern sign')
      const { index } = await signAndAppend(tenant, known, body as unknown as Body<SignableType>, context.subject)
      scene.io.err(`signed: ${definitionOf(known).what}; entry ${index} of the ledger\n`)
    },
  )
}

function showCommand(govern: Command, act: Act): void {
  act(
    actingOptions(
      govern
        .command('show')
        .argument('<register>', registerNames.join(', '))
        .description('a register as it stands now'),
    ),
    async (scene, options, [given]) => {
      const place = { option: '<register>', command: 'govern show' }
      const name = readChoiceOption(given, place, registerNames) as RegisterName
      const { tenant, context, node } = await scene.acting(contextOf(options))
      const state = tenant.governance.state()
      const at = node.adapters.clock.now()
      const lines = registerList(state, name, sightOf(state, context.subject, at), at)
      const columns = Object.keys(lines[0] ?? {})
      printRows(
        scene.io,
        columns,
        lines.map((line) => columns.map((column) => cellOf((line as unknown as Record<string, unknown>)[column]))),
      )
    },
  )
}

function cellOf(value: unknown): Cell {
  if (value === null || value === undefined) return null
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return value
  const isPlain = Array.isArray(value) && value.every((each) => typeof each === 'string')
  return isPlain ? value.join(', ') : JSON.stringify(value)
}
