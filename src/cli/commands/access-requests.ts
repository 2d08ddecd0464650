import type { Command } from 'commander'
import {
  approveRequest,
  declineRequest,
  levels,
  type RequestForm,
  requestOf,
  sightOf,
  sign,
  unionAfter,
  type WaitingRequest,
  waitingRequests,
} from '#governance'
import { addMs, type Instant, msBetween } from '#kernel'
import { appendInTurn } from '#node'
import { usage } from '../errors.ts'
import { printRows, printWords } from '../io.ts'
import { type Act, noun } from '../program.ts'
import {
  readChoiceOption,
  readNamesOption,
  readPersonOption,
  readPurposeOption,
  readWholeOption,
} from '../read-option.ts'
import { readRowTests } from '../read-row-tests.ts'
import { actingOptions, contextOf } from '../scene.ts'

const asked = 'governance.access-requested'
const dayMs = 86_400_000
const daysMax = 3_660
const itemsMax = 100

/** `fdp access request`, `requests`, `approve`, `decline`: asking on one form, and deciding about it in one go. */
export function accessRequestCommands(program: Command, act: Act): void {
  const access = noun(program, 'access', 'who can see what, why, until when')
  requestCommand(access, act)
  requestsCommand(access, act)
  approveCommand(access, act)
  declineCommand(access, act)
}

function requestCommand(access: Command, act: Act): void {
  act(
    actingOptions(
      access.command('request').argument('<id>').description('ask for a data set, several, or a family on one form'),
    )
      .option('--family <id>', 'every data set of a family')
      .option('--object <names>', 'object types, separated by commas')
      .requiredOption('--level <level>', levels.join(', '))
      .requiredOption('--for <purpose>', 'for what')
      .requiredOption('--dpia <id>', 'on which data protection impact assessment it rests')
      .requiredOption('--reason <text>', 'why it is needed, for the approver')
      .option('--to <person>', 'who would read; yourself if left out')
      .option('--team <team/role>', 'whoever has that role in that team, instead of a person')
      .option('--columns <names>', 'of a single object type; all that the level shows if left out')
      .option('--where <test>', 'property=value|value; may be repeated', gather, [])
      .option('--days <n>', 'for how long', '90')
      .option('--policy <id>', 'disclosure policy, at aggregate level')
      .option('--contract <id/instruction>', 'for a processor’s staff')
      .option('--agreement <id@version>', 'for a care partner’s staff'),
    async (scene, options, [id = '']) => {
      const { tenant, context, node } = await scene.acting(contextOf(options))
      const form = formOf(id, options, node.adapters.clock.now())
      let objects: readonly string[] = []
      const [receipt] = await appendInTurn(
        tenant,
        (state, at) => {
          const input = requestOf(state, form, context.subject, at)
          objects = input.items.map(({ object }) => object)
          return sign(state, asked, input, at)
        },
        { by: context.subject, type: asked },
      )
      scene.io.err(`asked for ${objects.join(', ')}; entry ${receipt?.index} of the ledger; it opens nothing yet\n`)
    },
  )
}

const gather = (value: string, all: string[]) => [...all, value]

function formOf(id: string, options: Record<string, unknown>, now: Instant): RequestForm {
  const command = 'access request'
  const place = (option: string) => ({ option, command })
  const { family, object, columns, policy } = options
  if ((family === undefined) === (object === undefined)) throw usage('give either `--family` or `--object`', command)
  const objects = readNamesOption(object)
  if (columns !== undefined && objects.length !== 1) throw usage('`--columns` goes with one object type', command)
  const item = {
    level: readChoiceOption(options.level, place('--level'), levels),
    ...(columns === undefined ? {} : { columns: [...readNamesOption(columns)] }),
    rows: { controllers: 'all' as const, where: readRowTests(options.where as string[], command) },
    ...(typeof policy === 'string' ? { disclosurePolicy: policy } : {}),
  }
  const days = readWholeOption(options.days, place('--days'), { min: 1, max: daysMax })
  return {
    ...{ id, dpia: String(options.dpia), reason: String(options.reason), until: addMs(now, days * dayMs) },
    purpose: readPurposeOption(options.for, place('--for')),
    items:
      family === undefined ? objects.map((each) => ({ object: each, ...item })) : [{ family: String(family), ...item }],
    ...holderOf(options),
    ...papersOf(options),
  }
}

function holderOf({ to, team }: Record<string, unknown>): Pick<RequestForm, 'subject' | 'team'> {
  if (team !== undefined) {
    const [name, role] = pairOf(team, '/', '--team')
    return { team: { team: name, role } }
  }
  return to === undefined ? {} : { subject: readPersonOption(to, { option: '--to', command: 'access request' }) }
}

function papersOf({ contract, agreement }: Record<string, unknown>): Pick<RequestForm, 'contract' | 'agreement'> {
  if (contract !== undefined) {
    const [id, instruction] = pairOf(contract, '/', '--contract')
    return { contract: { id, instruction } }
  }
  if (agreement === undefined) return {}
  const [id, version] = pairOf(agreement, '@', '--agreement')
  const place = { option: '--agreement', command: 'access request' }
  return { agreement: { id, version: readWholeOption(version, place, { min: 1, max: 1_000_000 }) } }
}

function pairOf(text: unknown, mark: string, option: string): [string, string] {
  const [first = '', second = '', ...more] = String(text).split(mark)
  if (first === '' || second === '' || more.length > 0)
    throw usage(`\`${option}\` takes two ids with \`${mark}\` between them`, 'access request')
  return [first, second]
}

function requestsCommand(access: Command, act: Act): void {
  act(
    actingOptions(
      access
        .command('requests')
        .description('forms that wait, with what each would add up to; yours, or all as an officer'),
    ),
    async (scene, options) => {
      const { tenant, context, node } = await scene.acting(contextOf(options))
      const state = tenant.governance.state()
      const at = node.adapters.clock.now()
      const found = waitingRequests(state, sightOf(state, context.subject, at), at)
      if (scene.io.isTerminal && found.length > 0) printWords(scene.io, found.flatMap(requestWords), found)
      else printRows(scene.io, requestColumns, found.flatMap(requestLines))
    },
  )
}

const requestColumns = [
  ...['request', 'askedBy', 'for', 'purpose', 'until', 'items', 'seesNow', 'wouldSee', 'of', 'yours', 'reason'],
]

/** A form as an approver reads it: who, why, each item, what it would add up to, and what to type. */
function requestWords({ request, waiting, unions, forMe }: WaitingRequest): string[] {
  const { id, by, purpose, until, reason, items } = request
  const share = (part: number, of: number) => (of === 0 ? '' : ` (${Math.round((part * 100) / of)} %)`)
  return [
    `${id}: ${by} asks for ${forWhom(request)}, for ${purpose}, until ${until.slice(0, 10)}`,
    // On one line, so that what somebody wrote cannot look like a line of ours.
    `  why: ${reason.replaceAll(/\s+/g, ' ')}`,
    ...waiting.map((i) => `  item ${i}: ${items[i]?.object}, ${items[i]?.level}, ${items[i]?.columns.length} columns`),
    ...unions.map(
      ({ person, now, after, of }) =>
        `  ${person} sees rows of ${now.length} of ${of} data sets now, and then of ${after.length}${share(after.length, of)}`,
    ),
    ...(forMe
      ? [`  yours to decide: \`./fdp access approve ${id}\`, or \`./fdp access decline ${id} --reason "…"\``]
      : []),
    '',
  ]
}

function forWhom({ holder }: WaitingRequest['request']): string {
  return 'team' in holder ? `${holder.team}/${holder.role}` : holder.person
}

/** A line for each person whom the form is for; one line where a role has nobody yet. */
function requestLines({ request, waiting, unions, forMe }: WaitingRequest) {
  const { id, by, purpose, until, reason, items } = request
  const shown = waiting.map((i) => `${i} ${items[i]?.object}, ${items[i]?.level}`).join('; ')
  const people = unions.length > 0 ? unions : [{ person: forWhom(request), now: [], after: [], of: 0 }]
  return people.map(({ person, now, after, of }) => [
    ...[id, by, person, purpose, until.slice(0, 10), shown, now.length, after.length, of],
    ...[forMe ? 'to decide' : '', reason],
  ])
}

function itemsOf(options: Record<string, unknown>, command: string): { items?: readonly number[] } {
  if (options.items === undefined) return {}
  const place = { option: '--items', command }
  return {
    items: readNamesOption(options.items).map((each) => readWholeOption(each, place, { min: 0, max: itemsMax })),
  }
}

function approveCommand(access: Command, act: Act): void {
  act(
    actingOptions(
      access.command('approve').argument('<request>').description('approve a form in one go, all of it or none'),
    ).option('--items <numbers>', 'only these items, separated by commas'),
    async (scene, options, [request = '']) => {
      const { tenant, context, node } = await scene.acting(contextOf(options))
      const begun = node.adapters.clock.now()
      const approval = { by: context.subject, request, ...itemsOf(options, 'access approve') }
      const receipts = await appendInTurn(
        tenant,
        (state, at, policies) => [...approveRequest(state, approval, at, policies)],
        { by: context.subject, type: 'governance.grant-approved' },
      )
      const now = node.adapters.clock.now()
      const state = tenant.governance.state()
      const made = new Set(receipts.map(({ index }) => index as number))
      const grants = [...state.grants.values()].filter(({ entry }) => made.has(entry)).sort((a, b) => a.entry - b.entry)
      printRows(
        scene.io,
        ['grant', 'object', 'level', 'columns', 'until', 'entry'],
        grants.map((grant) => [
          ...[grant.id, grant.object, grant.level, grant.columns.length, grant.until.slice(0, 10), grant.entry],
        ]),
      )
      for (const { person, now: sees, of } of unionAfter(state, request, now))
        scene.io.err(`${person} now sees rows of ${sees.length} of ${of} data sets\n`)
      const seconds = (msBetween(begun, now) / 1_000).toFixed(1)
      scene.io.err(`approved in one step: ${receipts.length} grants, an entry each, ${seconds} s\n`)
    },
  )
}

function declineCommand(access: Command, act: Act): void {
  act(
    actingOptions(access.command('decline').argument('<request>').description('decline a form, or withdraw your own'))
      .option('--items <numbers>', 'only these items, separated by commas')
      .requiredOption('--reason <text>', 'why, for the one who asked'),
    async (scene, options, [request = '']) => {
      const { tenant, context } = await scene.acting(contextOf(options))
      const refusal = {
        ...{ by: context.subject, request, reason: String(options.reason) },
        ...itemsOf(options, 'access decline'),
      }
      const receipts = await appendInTurn(tenant, (state, at) => [...declineRequest(state, refusal, at)], {
        by: context.subject,
        type: 'governance.access-declined',
      })
      scene.io.err(`declined: ${receipts.length} items, an entry each; the last is entry ${receipts.at(-1)?.index}\n`)
    },
  )
}
