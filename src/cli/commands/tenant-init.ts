import { existsSync } from 'node:fs'
import { cp, mkdir, readdir, stat } from 'node:fs/promises'
import { hostname, userInfo } from 'node:os'
import { isAbsolute, join, relative, resolve } from 'node:path'
import type { Command } from 'commander'
import { type Duty, duties } from '#governance'
import { addMs, parseOdsCode, parseTenantId } from '#kernel'
import {
  backupNow,
  checkFounding,
  checkSettings,
  checkTls,
  type Founding,
  foundTenant,
  lastBackup,
  makeTenantFolder,
  nodeErrors,
  type Settings,
  type TenantKind,
  writeSettings,
} from '#node'
import { cliErrors, usage } from '../errors.ts'
import { answersTo, camel, type NamedPerson, personOf, type Question, whyNoPerson } from '../init-answers.ts'
import { type Io, printRows } from '../io.ts'
import type { Act } from '../program.ts'
import { readWholeOption } from '../read-option.ts'
import type { Scene } from '../scene.ts'
import { starters, writeStarter } from '../starter.ts'

const yearMs = 365 * 86_400_000
const kinds: readonly TenantKind[] = ['trust', 'icb', 'national']

/** The first officers, by the option that names each. One person may be several, but those who approve are two. */
const offices: readonly { readonly option: string; readonly duty: Duty; readonly role: string }[] = [
  { option: 'caldicott-guardian', duty: 'caldicott-guardian', role: 'Caldicott Guardian' },
  { option: 'asset-owner', duty: 'information-asset-owner', role: 'Information asset owner' },
  { option: 'risk-owner', duty: 'senior-information-risk-owner', role: 'Senior information risk owner' },
  { option: 'protection-officer', duty: 'data-protection-officer', role: 'Data protection officer' },
  { option: 'safety-officer', duty: 'clinical-safety-officer', role: 'Clinical safety officer' },
  { option: 'registrar', duty: 'registrar', role: 'Keeper of the register of people' },
]

type Answers = Readonly<Record<string, string>>

/** `fdp tenant init`: a tenant of real people, from nothing to its first backup. Starts nothing. */
export function tenantInitCommand(tenant: Command, act: Act): void {
  const person = '<name and id>'
  const command = tenant
    .command('init')
    .argument('<id>', 'of the tenant: small letters, digits and hyphens; never changed later')
    .description('begin a tenant of real people: organisation, officers, identity provider, TLS, keys, backup')
    .option('--ods <code>', 'the ODS code of the organisation')
    .option('--name <text>', 'its name')
    .option('--kind <kind>', kinds.join(', '), 'trust')
    .option(`--founder ${person}`, 'you, at this machine: recorded as whose word this is; no officer')
  for (const { option, role } of offices) command.option(`--${option} ${person}`, role)
  command
    .option('--issuer <address>', 'of your identity provider, as it calls itself')
    .option('--client-id <id>', 'what the provider calls this node')
    .option('--client-secret-file <file>', 'alone in it: the secret that the provider gave this node; mode 0600')
    .option('--subject-claim <name>', 'the claim with the ids; `preferred_username` or a verified `email` if left out')
    .option('--without-provider', 'nobody signs in yet: only the command line works')
    .option('--origin <address>', 'the https address by which browsers come')
    .option('--tls-certificate <file>', 'PEM')
    .option('--tls-key <file>', 'PEM, mode 0600')
    .option('--listen <address>', 'of this machine, with a certificate; only this machine if left out')
    .option('--port <number>', 'to listen on', '8420')
    .option('--tls-by-proxy', 'a proxy on this machine ends TLS')
    .option('--keys-to <folder>', 'where the keys go, outside of the home folder; each backup writes them there anew')
    .option('--backup-to <folder>', 'where backups go, outside of the home folder; the first is made now')
    .option('--backup-every <hours>', 'while the node serves', '24')
    .option('--starter <name>', `files to begin with, to be completed and signed: ${starters.join(', ')}`)
    .option('--starter-to <folder>', 'where they are written; `starter-<id>` if left out')
    .option(`--data-manager ${person}`, 'for the starter: who sends files in')
    .option(`--validator ${person}`, 'for the starter: who validates the waiting list')
    .option('--dry-run', 'say what would be made, and make nothing')
  act(command, init)
}

async function init(scene: Scene, given: Record<string, unknown>, [id = '']: readonly string[]): Promise<void> {
  const { host, io } = scene
  if (host.serving !== null) throw cliErrors('FDP_CLI_NODE_RUNS')
  const options = { ...given, ...(await choicesAt(io, given)) }
  const answers = await answersTo(questionsFor(options), options, io)
  const founding = foundingOf(id, options, answers)
  const settings = settingsOf(scene, options, answers)
  const folders = foldersOf(scene, options, id)
  const isThere = await checkFounding(host.home, founding, host.adapters)
  const hasSettings = checkSettings(host.home, settings)
  // Settings are made before a tenant: one without them began otherwise, and is not ours to go on with.
  if (isThere && !hasSettings) throw nodeErrors('FDP_NODE_TENANT_EXISTS', { tenant: id })
  const said = await checkSurroundings(scene, options, answers, settings)
  const plan = [
    ['folder and keys', isThere ? 'there already' : 'to be made', join(host.home, 'tenants', id)],
    ['settings', hasSettings ? 'there already' : 'to be made', join(host.home, 'fdp.yaml')],
    ['people who sign in', ...(said.provider ?? (['nobody yet', '--without-provider'] as const))],
    ['TLS', ...said.tls],
    ['founding', 'on record for good', `by the word of ${founding.founder.name}, whom nothing proves`],
    ['copy of the keys', folders.keys === null ? 'NONE: make one yourself' : 'to be made', folders.keys ?? ''],
    ['first backup', folders.backup === null ? 'NONE' : 'to be made', folders.backup ?? ''],
    ['starter', options.starter === undefined ? 'none' : 'to be written', folders.starter],
    ['witness', 'none outside: nobody else notices if this whole machine is put back', ''],
  ]
  if (options.dryRun === true) {
    printRows(io, ['what', 'says', 'where'], plan)
    return
  }
  if (!hasSettings) await writeSettings(host.home, settings)
  if (!isThere) await makeTenantFolder(host.home, founding, host.adapters)
  const node = await host.node()
  const entry = await foundTenant(node, founding)
  const copied = folders.keys === null ? false : await copyKeys(node.tenant(id).folder, join(folders.keys, id))
  const before = folders.backup === null ? null : await lastBackup(folders.backup)
  const backup = folders.backup === null || before !== null ? null : (await backupNow(node)).folder
  const written = await starterOf(scene, options, founding, answers, folders.starter)
  const made = (yes: boolean) => (yes ? 'made' : 'there already')
  const outcomes = [
    made(!isThere),
    made(!hasSettings),
    plan[2]![1],
    plan[3]![1],
    entry === null ? 'on record already' : `entry ${entry} of the ledger`,
    folders.keys === null ? plan[5]![1] : made(copied),
    backup !== null ? 'made and proved' : before !== null ? 'there already' : plan[6]![1],
    written === null ? 'none' : `${written.length} files written`,
    plan[8]![1],
  ]
  const rows = plan.map(([what, , where], i) => [what!, outcomes[i]!, i === 6 && backup !== null ? backup : where!])
  printRows(io, ['what', 'says', 'where'], rows)
  io.err(nextSteps(id, folders.keys !== null, options))
}

/** On a terminal: what may be left out, by pressing Enter. */
async function choicesAt(io: Io, given: Record<string, unknown>): Promise<Record<string, string>> {
  const made: Record<string, string> = {}
  if (!io.ask) return made
  const choices = [
    ...(given.tlsByProxy === true
      ? []
      : [['tls-certificate', 'File of a certificate (Enter: none, or a proxy has it)']]),
    ['keys-to', 'Folder on another medium for the keys, outside of the home folder (Enter: none now)'],
    ['backup-to', 'Folder for backups, outside of the home folder (Enter: none now)'],
    ['starter', `Files to begin with: ${starters.join(', ')} (Enter: none)`],
  ] as const
  for (const [option = '', asks = ''] of choices) {
    if (given[camel(option)] !== undefined) continue
    const answer = await io.ask(`${asks}: `)
    if (answer !== '') made[camel(option)] = answer
  }
  return made
}

/** What has to be known; the rest has a default or may be left out. */
function questionsFor(options: Record<string, unknown>): readonly Question[] {
  const asPerson = (option: string, role: string): Question => ({
    ...{ option, asks: `${role}, as \`Name <id at the identity provider>\``, whyNot: whyNoPerson },
  })
  const file = (option: string, asks: string): Question => ({ option, asks })
  const withProvider = options.withoutProvider !== true
  const withTls = options.tlsCertificate !== undefined || options.tlsKey !== undefined
  const public_ = withTls || options.tlsByProxy === true
  return [
    { option: 'ods', asks: 'ODS code of the organisation', whyNot: whyNoCode },
    { option: 'name', asks: 'Its name' },
    asPerson('founder', 'You'),
    ...offices.map(({ option, role }) => asPerson(option, role)),
    ...(withProvider
      ? [
          { option: 'issuer', asks: 'Address of the identity provider (issuer)' },
          { option: 'client-id', asks: 'What it calls this node (client id)' },
          file('client-secret-file', 'File with the secret that it gave this node'),
        ]
      : []),
    ...(withTls ? [file('tls-certificate', 'File of the certificate'), file('tls-key', 'File of its key')] : []),
    ...(public_ ? [{ option: 'origin', asks: 'Address by which browsers come, https://…' }] : []),
    ...(options.starter === undefined
      ? []
      : [asPerson('data-manager', 'Who sends files in'), asPerson('validator', 'Who validates the waiting list')]),
  ]
}

function whyNoCode(answer: string): string | null {
  return parsedOr(() => parseOdsCode(answer)) === null ? 'an ODS code has capital letters and digits, 2 to 10' : null
}

function parsedOr<T>(parse: () => T): T | null {
  try {
    return parse()
  } catch {
    return null
  }
}

function foundingOf(given: string, options: Record<string, unknown>, answers: Answers): Founding {
  const id = parsedOr(() => parseTenantId(given))
  if (id === null) throw usage('the id of a tenant has small letters, digits and hyphens, 40 at most', 'tenant init')
  const kind = kinds.find((each) => each === options.kind)
  if (kind === undefined) throw usage(`\`--kind\` takes one of: ${kinds.join(', ')}`, 'tenant init')
  const founder = named(answers, 'founder')
  const account = `${userInfo().username} on ${hostname()}`.slice(0, 200)
  return {
    ...{ id, kind, name: answers.name!, controller: parseOdsCode(answers.ods!), officers: officersOf(answers) },
    ...{ by: founder.id, founder: { name: founder.name, account } },
  }
}

const named = (answers: Answers, option: string) => personOf(answers[option]!) as NamedPerson

/** Each person once, with every duty that they were named for. */
function officersOf(answers: Answers): Founding['officers'] {
  const held = offices.map((office) => ({ ...office, ...named(answers, office.option) }))
  return [...new Set(held.map(({ id }) => id))].map((id) => {
    const own = held.filter((each) => each.id === id)
    const [{ name } = { name: '' }] = own
    if (own.some((each) => each.name !== name)) throw usage('one id is given with two names', 'tenant init')
    const theirs = duties.filter((duty) => own.some((each) => each.duty === duty))
    return {
      id,
      name,
      role: own
        .map(({ role }) => role)
        .join(', ')
        .slice(0, 200),
      duties: theirs,
    }
  })
}

function settingsOf(scene: Scene, options: Record<string, unknown>, answers: Answers): Settings {
  if (options.backupTo !== undefined && options.keysTo === undefined)
    throw usage('a backup opens with its keys alone: say with `--keys-to` where they go', 'tenant init')
  const path = (option: string) => scene.path(answers[option]!)
  const port = readWholeOption(options.port, { option: '--port', command: 'tenant init' }, { min: 0, max: 65_535 })
  const hours = { option: '--backup-every', command: 'tenant init' }
  const tls = answers['tls-certificate'] !== undefined
  return {
    http: {
      port,
      ...(options.listen === undefined ? {} : { host: String(options.listen) }),
      ...(answers.origin === undefined ? {} : { publicOrigin: answers.origin.replace(/\/$/, '') }),
      ...(tls ? { tls: { certificateFile: path('tls-certificate'), keyFile: path('tls-key') } } : {}),
    },
    ...(answers.issuer === undefined
      ? {}
      : {
          identity: {
            issuer: answers.issuer,
            clientId: answers['client-id']!,
            clientSecretFile: path('client-secret-file'),
            ...(options.subjectClaim === undefined ? {} : { subjectClaim: String(options.subjectClaim) }),
          },
        }),
    ...(options.backupTo === undefined
      ? {}
      : {
          backup: {
            folder: scene.path(String(options.backupTo)),
            keys: scene.path(String(options.keysTo)),
            everyHours: readWholeOption(options.backupEvery, hours, { min: 1, max: 744 }),
          },
        }),
  }
}

function foldersOf(scene: Scene, options: Record<string, unknown>, id: string) {
  const outside = (option: unknown, what: string) => {
    if (option === undefined) return null
    const folder = scene.path(String(option))
    const from = relative(scene.host.home, folder)
    if (!from.startsWith('..') && !isAbsolute(from)) throw nodeErrors('FDP_NODE_COPY_PLACE', { what })
    return folder
  }
  return {
    keys: outside(options.keysTo, 'the keys'),
    backup: outside(options.backupTo, 'the backup'),
    starter: scene.path(String(options.starterTo ?? `starter-${id}`)),
  }
}

/** Provider, secret and certificate, tried before anything is made. */
async function checkSurroundings(
  { host }: Scene,
  options: Record<string, unknown>,
  answers: Answers,
  settings: Settings,
) {
  const { identity, http = {} } = settings
  if (options.starter !== undefined && !starters.includes(String(options.starter)))
    throw usage(`\`--starter\` takes one of: ${starters.join(', ')}`, 'tenant init')
  for (const option of ['data-manager', 'validator']) {
    const person = answers[option] === undefined ? null : named(answers, option)
    // Entering them again, for the starter, would take their duties away.
    if (person !== null && officersOf(answers).some((officer) => officer.id === person.id))
      throw usage(`\`--${option}\` names an officer: name somebody who is none`, 'tenant init')
  }
  if (options.tlsByProxy === true && http.tls !== undefined)
    throw usage('either a proxy ends TLS, or there is a certificate', 'tenant init')
  if (identity !== undefined) {
    await checkSecret(String(identity.clientSecretFile))
    await host.adapters.lookAtProvider(String(identity.issuer))
  }
  return {
    provider: identity === undefined ? null : (['the provider answers as one', String(identity.issuer)] as const),
    tls: tlsInWords(host.home, settings, options, host.adapters.clock.now()),
  }
}

async function checkSecret(path: string): Promise<void> {
  const found = await stat(path).catch(() => null)
  if (!found?.isFile() || found.size === 0) throw cliErrors('FDP_CLI_NO_FILE', { file: '--client-secret-file' })
  if (process.platform !== 'win32' && (found.mode & 0o077) !== 0)
    throw usage('the file of the secret can be read by others: `chmod 600` it', 'tenant init')
}

function tlsInWords(
  home: string,
  { http = {} }: Settings,
  options: Record<string, unknown>,
  at: Parameters<typeof checkTls>[3],
): readonly [string, string] {
  const origin = String(http.publicOrigin ?? '')
  if (http.tls === undefined)
    return options.tlsByProxy === true
      ? ['a proxy of yours ends it, in front of this machine’s loopback', origin]
      : ['none: browsers of this machine alone', '']
  const name = origin === '' ? '' : new URL(origin).hostname
  const { until, names } = checkTls(home, http.tls as Parameters<typeof checkTls>[1], name, at)
  return [`the certificate holds until ${until.slice(0, 10)}`, names]
}

/** Into a folder that has none of this tenant yet; false where the same command was here before. */
async function copyKeys(tenantFolder: string, to: string): Promise<boolean> {
  if (existsSync(to) && (await readdir(to)).length > 0) return false
  await mkdir(to, { recursive: true, mode: 0o700 })
  await cp(resolve(tenantFolder, 'keys'), to, { recursive: true })
  return true
}

async function starterOf(
  { host }: Scene,
  options: Record<string, unknown>,
  founding: Founding,
  answers: Answers,
  folder: string,
): Promise<readonly string[] | null> {
  if (options.starter === undefined) return null
  const now = host.adapters.clock.now()
  const people = {
    guardian: named(answers, 'caldicott-guardian'),
    riskOwner: named(answers, 'risk-owner'),
    protectionOfficer: named(answers, 'protection-officer'),
    safetyOfficer: named(answers, 'safety-officer'),
    dataManager: named(answers, 'data-manager'),
    validator: named(answers, 'validator'),
  }
  const words = Object.entries(people).flatMap(([who, { id, name }]) => [
    [`${who}.id`, id],
    [`${who}.name`, name],
  ])
  const own = { name: founding.name, ods: founding.controller, now, inAYear: addMs(now, yearMs) }
  return await writeStarter(String(options.starter), folder, { ...Object.fromEntries(words), ...own })
}

function nextSteps(id: string, copied: boolean, options: Record<string, unknown>): string {
  const keys = copied ? 'Have the keys on another medium than the backups' : 'Copy the keys away from this machine'
  return (
    `\n${keys}: whoever has them and the data reads the data; without them nobody does, not even from a backup.\n` +
    'They lie in files of mode 0600: an administrator of this machine can read them.\n' +
    'From now on the officers sign; you keep no right in this tenant.\n' +
    `next: ${options.starter === undefined ? '`./fdp govern types`' : 'complete and sign the files of the starter'}, as docs/how-to/first-trust.md shows; \`./fdp access officers --tenant ${id}\` lists who may\n`
  )
}
