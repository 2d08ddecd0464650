import type { Command } from 'commander'
import { adapters } from '../../src/adapters.ts'
import { examples, leafCommands } from '../../src/cli/examples.ts'
import { commandProgram } from '../../src/cli/program.ts'
import { DockSchema } from '../../src/docks/index.ts'
import { endpoints } from '../../src/http/endpoints.ts'
import { apiErrorsByCode } from '../../src/http/ontology/wire-error.ts'
import { MessageDockSchema } from '../../src/messages/index.ts'
import { ConfigSchema } from '../../src/node/config.ts'
import { apiErrorStatus } from '../../src/ontology/api-errors.ts'
import { OutboundRouteSchema } from '../../src/outbound/index.ts'
import { errorRegistries } from './registries.ts'

const made = (from: string) => `<!-- Made by tools/reference-docs from ${from}; do not edit. -->\n`

interface Schema {
  readonly properties?: Readonly<Record<string, Schema>>
  readonly default?: unknown
  readonly description?: string
  readonly const?: unknown
  readonly anyOf?: readonly Schema[]
  readonly type?: string
  readonly required?: readonly string[]
  readonly minimum?: number
  readonly maximum?: number
}

/** The pages that are made from the program itself: file name → text. */
export async function referencePages(): Promise<Readonly<Record<string, string>>> {
  return {
    ...{ 'configuration.md': configurationPage(), 'errors.md': await errorsPage(), 'cli.md': cliPage() },
    ...{ 'connections.md': connectionsPage(), 'docks.md': docksPage() },
    ...{ 'message-docks.md': messageDocksPage(), 'outbound.md': outboundPage(), 'http.md': httpPage() },
  }
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

function docksPage(): string {
  return `${made('the schema in src/docks/declaration.ts')}# Docks

A dock says what another system is expected to deliver every day. Each is a file \`docks/<name>.yaml\` in the folder of a tenant;
names are of small letters, digits and hyphens. ${whatLines} There is either \`drop\` with \`files\`, or \`ask\`. How docks work:
[take a file in every day](../how-to/take-a-file-in-every-day.md).

${linesOf(DockSchema as Schema)}
`
}

function messageDocksPage(): string {
  return `${made('the schema in src/messages/declaration.ts')}# Message docks

A message dock says who sends messages of HL7 v2 here, and what becomes of them. Each is a file \`messages/<name>.yaml\` in the folder
of a tenant; names are of small letters, digits and hyphens. ${whatLines} How message docks work: [take in HL7 messages](../how-to/take-in-hl7-messages.md).

${linesOf(MessageDockSchema as Schema)}
`
}

function outboundPage(): string {
  return `${made('the schema in src/outbound/declaration.ts')}# Queues of outbound messages

A queue says which messages of HL7 v2 go to another system when actions change records. Each is a file \`outbound/<name>.yaml\` in the
folder of a tenant; names are of small letters, digits and hyphens. ${whatLines} How queues work:
[send HL7 messages](../how-to/send-hl7-messages.md).

${linesOf(OutboundRouteSchema as Schema)}
`
}

function connectionsPage(): string {
  const kinds = Object.entries(adapters.connections).map(
    ([name, { settings: schema }]) => `## ${name}\n\n${linesOf(schema as Schema)}\n`,
  )
  return `${made('the settings of each kind in src/adapters')}# Connections

Other systems that [docks](docks.md) take data from. Each is a file \`connections/<name>.yaml\` in the folder of a tenant, whose line \`kind\`
is one of those below; names are of small letters, digits and hyphens. ${whatLines} A line that ends in \`File\` names a file
beside it with a secret, mode 0600. \`./fdp dock connections\` says which are there.

${kinds.join('\n')}`
}

const whatLines = 'What has no default has to be there unless it is optional; a line that is not known is refused.'

function linesOf(schema: Schema): string {
  const rows = settings(schema, []).map(({ name, schema: line }) => {
    const otherwise = line.default === undefined ? 'optional' : `\`${JSON.stringify(line.default)}\``
    const isNeeded = line.default === undefined && schema.required?.includes(name)
    return `| \`${name}\` | ${valuesOf(line)} | ${isNeeded ? '' : otherwise} | ${line.description ?? ''} |`
  })
  return `| line | takes | default | what it is |\n|---|---|---|---|\n${rows.join('\n')}`
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

${sections.join('\n')}
## In the Ontology API

Below \`/tenants/<tenant>/api\` an error has the form and the names of that API ([spec](../../spec/ontology-api.md)), with ours beside them as
\`error\`. What is not in this list is named by its status: \`InvalidArgument\`, \`Unauthorized\`, \`PermissionDenied\`,
\`NotFound\`, \`Conflict\`, \`RequestEntityTooLarge\`, \`InvalidContentType\`, \`RateLimitExceeded\`, \`Internal\`.

| code | name | class | status |
|---|---|---|---|
${apiNames()}
`
}

function apiNames(): string {
  return Object.entries(apiErrorsByCode)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([code, { errorName, errorCode }]) => {
      return `| \`${code}\` | \`${errorName}\` | \`${errorCode}\` | ${apiErrorStatus[errorCode]} |`
    })
    .join('\n')
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

const callers = {
  public: 'anybody',
  person: 'a person',
  service: 'a service',
  either: 'a person or a service',
} as const

function httpPage(): string {
  const rows = endpoints.map(
    ({ method, path, auth, summary }) => `| \`${method} ${path}\` | ${callers[auth]} | ${cell(summary)} |`,
  )
  return `${made('the table in src/http/endpoints.ts')}# HTTP

Every address that a node answers; \`/openapi.json\` of a running node says what each takes and gives. **Anybody** needs nothing.
**A person** is signed in by the browser (\`/sign-in\`) or sends an access token of their own; **a service** sends one as
\`authorization: Bearer …\`, from client credentials, with the purpose it acts for as the scope \`purpose:<id>\`. Either must be in
post in the register at that moment, at \`:tenant\` where the address names one. That alone gives no right: each read and each
event is decided as on the command line.

A session's request that changes something also needs the header \`x-fdp-csrf\` with the value of \`session.csrf\` from
\`/api/v1/me\`, sent from a page of this node. Every error has one form: \`{"error": {"code", "message", "help"}, "requestId"}\`, with the
codes of [errors](errors.md); below \`/tenants/:tenant/api\`, the form of the Ontology API. Too many requests: 429 and \`Retry-After\`.

| address | who | what |
|---|---|---|
${rows.join('\n')}
`
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
