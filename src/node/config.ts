import { existsSync, readFileSync } from 'node:fs'
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
        host: Type.Union([Type.Literal('127.0.0.1'), Type.Literal('::1')], {
          default: '127.0.0.1',
          description: 'Loopback only, until there is sign-in.',
        }),
        port: Type.Integer({ minimum: 0, maximum: 65_535, default: 8420, description: '0 takes any free port.' }),
      },
      closed,
    ),
    engine: Type.Object(
      {
        memoryLimitMb: Type.Integer({ minimum: 256, default: 6_144, description: 'For each engine instance.' }),
        threads: Type.Integer({ minimum: 1, maximum: 256, default: 2 }),
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
  return config as Config
}
