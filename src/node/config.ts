import { existsSync, readFileSync } from 'node:fs'
import { isIP } from 'node:net'
import { join } from 'node:path'
import { type Static, Type } from '@sinclair/typebox'
import { Value } from '@sinclair/typebox/value'
import { LineCounter, parseDocument } from 'yaml'
import { nodeErrors } from './errors.ts'

const closed = { additionalProperties: false, default: {} }

/** Every setting with its default; there is no other place for one. */
export const ConfigSchema = Type.Object(
  {
    http: Type.Object(
      {
        host: Type.String({
          pattern: '^[0-9a-f.:]{2,45}$',
          default: '127.0.0.1',
          description:
            'The address to listen on. Loopback (`127.0.0.1`, `::1`), where a proxy of yours stands in front, or with `tls` any.',
        }),
        port: Type.Integer({ minimum: 0, maximum: 65_535, default: 8420, description: '0 takes any free port.' }),
        publicOrigin: Type.String({
          pattern: '^(https://[a-z0-9.-]+(:[0-9]+)?)?$',
          default: '',
          description:
            'The address by which browsers know this node or its proxy, `https://fdp.example.nhs.uk`; empty where that is this machine alone.',
        }),
        tls: Type.Object(
          {
            certificateFile: Type.String({
              maxLength: 1_000,
              default: '',
              description:
                'Certificate and those between it and its authority, PEM, from the home folder; empty: TLS is a proxy’s work.',
            }),
            keyFile: Type.String({
              maxLength: 1_000,
              default: '',
              description: 'Its private key, PEM, from the home folder, mode 0600.',
            }),
          },
          closed,
        ),
        requestsPerMinuteMax: Type.Integer({
          ...{ minimum: 10, maximum: 1_000_000, default: 600 },
          description: 'From one address, and by one person or service; of sign-ins a tenth.',
        }),
      },
      closed,
    ),
    engine: Type.Object(
      {
        memoryLimitMb: Type.Integer({ minimum: 256, default: 6_144, description: 'For each engine instance.' }),
        threads: Type.Integer({ minimum: 1, maximum: 256, default: 2 }),
        sortedCopiesFromRows: Type.Integer({
          ...{ minimum: 1, default: 200_000 },
          description:
            'Files of the lake with so many rows or more are copied in the order in which they are paged through, while the node runs: pages come fast, the disk holds them again for each order.',
        }),
      },
      closed,
    ),
    flows: Type.Object(
      {
        numbersCountAsVerified: Type.Boolean({
          default: false,
          description: 'A valid NHS number without a status indicator counts as verified.',
        }),
      },
      closed,
    ),
    identity: Type.Object(
      {
        issuer: Type.String({
          maxLength: 500,
          default: '',
          description: 'The OpenID Connect provider that proves who is there; empty: nobody can sign in.',
        }),
        clientId: Type.String({
          maxLength: 200,
          default: 'openfdp',
          description: 'What the provider calls this node.',
        }),
        clientSecretFile: Type.String({
          maxLength: 1_000,
          default: 'identity.secret',
          description: 'A file with the secret that the provider gave this node; from the home folder, mode 0600.',
        }),
        subjectClaim: Type.String({
          maxLength: 100,
          default: '',
          description:
            'The claim with the name that the register knows; empty: `preferred_username`, else a verified `email`. Choose one that nobody can change for themselves.',
        }),
        audience: Type.String({
          maxLength: 500,
          default: 'urn:openfdp:node',
          description: 'What an access token must name as its audience.',
        }),
      },
      closed,
    ),
    backup: Type.Object(
      {
        folder: Type.String({
          maxLength: 1_000,
          default: '',
          description:
            'Where a node that serves puts a backup of every tenant, each in a folder named by its moment; from the home folder. Empty: nowhere. Deleting old ones is yours.',
        }),
        keys: Type.String({
          maxLength: 1_000,
          default: '',
          description:
            'Where each of these backups writes the keys, over those of the one before; on another medium than the backups.',
        }),
        everyHours: Type.Integer({
          minimum: 1,
          maximum: 744,
          default: 24,
          description: 'How long after the last one.',
        }),
      },
      closed,
    ),
    staff: Type.Object(
      {
        defaultTeamRole: Type.String({
          pattern: '^[a-z0-9][a-z0-9._-]{0,79}$',
          default: 'member',
          description: 'The role in a team that a member of a group has whose `type` names none (SCIM).',
        }),
      },
      closed,
    ),
    ontology: Type.Object(
      {
        knownAs: Type.Array(Type.String({ pattern: '^ri\\.ontology\\.main\\.ontology\\.[0-9a-f-]{36}$' }), {
          ...{ maxItems: 20, default: [] },
          description:
            'Further RIDs under which a tenant’s ontology answers: those that packages generated for another platform hold.',
        }),
        origins: Type.Array(Type.String({ pattern: '^https?://[a-z0-9.-]+(:[0-9]{1,5})?$' }), {
          ...{ maxItems: 50, default: [] },
          description:
            'Sites whose pages may call the Ontology API from a browser, with a bearer token: `https://application.example`.',
        }),
      },
      closed,
    ),
    log: Type.Object(
      {
        level: Type.Union(
          ['error', 'warn', 'info', 'debug'].map((level) => Type.Literal(level)),
          { default: 'warn', description: 'Logs never hold patient values, whatever the level.' },
        ),
      },
      closed,
    ),
  },
  closed,
)

export type Config = Static<typeof ConfigSchema>

/** Reads `fdp.yaml` in the home folder; defaults where it is absent. FDP_NODE_CONFIG names the line and the setting. */
export function readConfig(home: string): Config {
  const path = join(home, 'fdp.yaml')
  return parseConfig(existsSync(path) ? readFileSync(path, 'utf8') : '')
}

export function parseConfig(text: string): Config {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: true })
  const [syntax] = document.errors
  if (syntax)
    throw nodeErrors('FDP_NODE_CONFIG', { where: `line ${lines.linePos(syntax.pos[0]).line}`, what: 'not YAML' })
  const config = Value.Default(ConfigSchema, document.toJS() ?? {})
  const [wrong] = Value.Errors(ConfigSchema, config)
  if (wrong) {
    const what = wrong.message.charAt(0).toLowerCase() + wrong.message.slice(1)
    throw nodeErrors('FDP_NODE_CONFIG', { where: wrong.path.slice(1).replaceAll('/', '.') || 'the top', what })
  }
  checkListening((config as Config).http)
  checkBackup((config as Config).backup)
  return config as Config
}

const loopback = ['127.0.0.1', '::1']

/** Nobody opens a backup without its keys. */
function checkBackup({ folder, keys }: Config['backup']): void {
  if ((folder === '') === (keys === '')) return
  throw nodeErrors('FDP_NODE_CONFIG', {
    where: 'backup',
    what: 'the folder of backups and that of their keys go together',
  })
}

/** Beyond this machine nothing goes without TLS. */
function checkListening({ host, publicOrigin, tls }: Config['http']): void {
  const wrong = (where: string, what: string) => nodeErrors('FDP_NODE_CONFIG', { where: `http.${where}`, what })
  if ((tls.certificateFile === '') !== (tls.keyFile === '')) throw wrong('tls', 'certificate and key go together')
  if (isIP(host) === 0) throw wrong('host', 'not an address of this machine')
  if (loopback.includes(host)) return
  if (tls.certificateFile === '') throw wrong('host', 'beyond this machine only with `http.tls`')
  if (publicOrigin === '') throw wrong('publicOrigin', 'needed where the node listens beyond this machine')
}
