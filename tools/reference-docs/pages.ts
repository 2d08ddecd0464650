import type { Command } from 'commander'
import { examples, leafCommands } from '../../src/cli/examples.ts'
import { commandProgram } from '../../src/cli/program.ts'
import { ConfigSchema } from '../../src/node/config.ts'
import { errorRegistries } from './registries.ts'

const made = (from: string) => `<!-- Made by tools/reference-docs from ${from}; do not edit. -->\n`

interface Schema {
  readonly properties?: Readonly<Record<string, Schema>>
  readonly default?: unknown
  readonly description?: string
  readonly const?: unknown
  readonly anyOf?: readonly Schema[]
  readonly type?: string
  readonly minimum?: number
  readonly maximum?: number
}

/** The pages that are made from the program itself: file name → text. */
export async function referencePages(): Promise<Readonly<Record<string, string>>> {
  return { 'configuration.md': configurationPage(), 'errors.md': await errorsPage(), 'cli.md': cliPage() }
}

function configurationPage(): string {
  const rows = settings(ConfigSchema as Schema, []).map(
    ({ name, schema }) =>
      `| \`${name}\` | ${valuesOf(schema)} | \`${JSON.stringify(schema.default)}\` | ${schema.description ?? ''} |`,
  )
  return `${made('the schema in src/node/config.ts')}# Configuration

One file, \`fdp.yaml\` in the home folder (\`FDP_HOME\`, or \`.fdp\` where you are). Every setting has a default; a setting
that is not known, misspelt or out of range stops the program and is named. The file holds no secret.

| setting | takes | default | what it is |
|---|---|---|---|
${rows.join('\n')}

Variables of the environment: \`FDP_HOME\` names the home folder, \`FDP_DEBUG=1\` shows the place in the code where a
fault happened, \`FDP_DEBUG_ENGINE=1\` keeps the engine's own words for developers and is for synthetic data only,
\`FDP_INSTALL=1\` lets set-up install missing system packages when it runs as root.
`
}

function settings(schema: Schema, path: readonly string[]): { name: string; schema: Schema }[] {
  if (!schema.properties) return [{ name: path.join('.'), schema }]
  return Object.entries(schema.properties).flatMap(([name, child]) => settings(child, [...path, name]))
}

function valuesOf({ anyOf, type, minimum, maximum }: Schema): string {
  if (anyOf) return anyOf.map((choice) => `\`${String(choice.const)}\``).join(', ')
  const range = minimum === undefined ? '' : maximum === undefined ? `, from ${minimum}` : `, ${minimum} to ${maximum}`
  return `${type === 'integer' ? 'a whole number' : type === 'boolean' ? '`true` or `false`' : (type ?? '')}${range}`
}

async function errorsPage(): Promise<string> {
  const registries = await errorRegistries()
  const sections = registries.map(({ module, specs }) => {
    const rows = Object.entries(specs)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([code, { status, message, help }]) => `| \`${code}\` | ${status} | ${cell(message)} | ${cell(help)} |`)
    return `## ${module}\n\n| code | status | what it says | what to do |\n|---|---|---|---|\n${rows.join('\n')}\n`
  })
  return `${made('the errors that the modules register')}# Errors

Every error that a person can meet: its code never changes and is never used again for something else. \`{…}\` is filled
in. No error holds a patient's value. The status is the one of an HTTP answer; the command line ends with 1, with 2 for
wrong usage, and with 70 for a fault in the program.

${sections.join('\n')}`
}

const cell = (text: string) => text.replaceAll('|', '\\|').replaceAll('<', '&lt;')

function cliPage(): string {
  const program = commandProgram((command) => command)
  const sections = leafCommands(program).map(({ name, command }) => commandSection(name, command))
  return `${made('the commands in src/cli')}# Command line

\`./fdp <noun> <verb>\`. A command talks to the node that runs on the home folder, or opens the folder itself. Data go to
standard output, as a table on a terminal and as JSON lines otherwise; everything else goes to standard error. Exit
status: 0 done, 1 refused with a reason, 2 wrong usage, 70 a fault in the program.

${sections.join('\n')}`
}

function commandSection(name: string, command: Command): string {
  const given = command.registeredArguments.map((argument) => {
    const text = argument.required ? `<${argument.name()}>` : `[${argument.name()}]`
    return { shown: text, line: `| \`${text}\` | ${cell(argument.description)} |  |` }
  })
  const options = command.options.map(
    ({ flags, description, mandatory, defaultValue }) =>
      `| \`${flags}\` | ${cell(description)} | ${mandatory ? 'must be given' : defaultOf(defaultValue)} |`,
  )
  const lines = [...given.map(({ line }) => line), ...options]
  const table = lines.length === 0 ? '' : `\n| | | |\n|---|---|---|\n${lines.join('\n')}\n`
  const shown = (examples[name] ?? []).map((line) => `./fdp ${line}`).join('\n')
  const usage = [name, ...given.map((each) => each.shown)].join(' ')
  return `## ${name}\n\n\`./fdp ${usage}\`: ${command.description()}.\n${table}\n\`\`\`sh\n${shown}\n\`\`\`\n`
}

function defaultOf(value: unknown): string {
  return value === undefined || (Array.isArray(value) && value.length === 0) ? '' : `\`${String(value)}\` if left out`
}
