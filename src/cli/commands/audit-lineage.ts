import { writeFile } from 'node:fs/promises'
import { basename } from 'node:path'
import type { Command } from 'commander'
import { askedOf, type Direction, drawLineage, lineageOf, type TraceStart } from '#audit'
import { lineageOfTenant, type Tenant } from '#node'
import { usage } from '../errors.ts'
import type { Act } from '../program.ts'
import { readWholeOption } from '../read-option.ts'
import type { Scene } from '../scene.ts'
import { tenantsOf } from './tenants-of.ts'

const command = 'audit lineage'

export function lineageCommand(audit: Command, act: Act): void {
  act(
    audit
      .command('lineage')
      .description('what became of what, as OpenLineage events, one a line; or drawn as a page')
      .option('--tenant <id>', 'one tenant only')
      .option('--from <entry>', 'events only from this entry of the ledger on')
      .option('--draw <file>', 'write a page with a drawing and tables, instead of events')
      .option('--as-of <entry>', 'draw what the ledger said up to this entry')
      .option('--object <type>', 'draw what its columns came from and went to')
      .option('--column <name>', 'one column of the object type, or of its file')
      .option('--metric <id>', 'draw what a metric is counted from, and where its figures went')
      .option('--up', 'only where it came from')
      .option('--down', 'only where it went'),
    async (scene, options) => {
      const entry = (option: string, text: unknown) =>
        readWholeOption(text, { option, command }, { min: 0, max: Number.MAX_SAFE_INTEGER })
      const tenants = await tenantsOf(scene, options)
      if (typeof options.draw === 'string') {
        const asOf = options.asOf === undefined ? undefined : entry('--as-of', options.asOf)
        await draw(scene, tenants, { file: options.draw, asOf, ...questionOf(options) })
        return
      }
      const from = options.from === undefined ? 0 : entry('--from', options.from)
      for (const tenant of tenants) {
        for await (const event of lineageOf(tenant.ledger.entries(), tenant.profile.id, from)) {
          scene.io.out(`${JSON.stringify(event)}\n`)
          await scene.io.drained()
        }
      }
    },
  )
}

interface Question {
  readonly start: TraceStart
  readonly direction: Direction
}

function questionOf({ object, column, metric, up, down }: Record<string, unknown>): Question {
  if (column !== undefined && object === undefined) throw usage('`--column` goes with `--object`', command)
  const named = { object, column, metric } as TraceStart
  return { start: named, direction: up && !down ? 'up' : down && !up ? 'down' : 'both' }
}

interface Drawing extends Question {
  readonly file: string
  readonly asOf: number | undefined
}

async function draw(
  scene: Scene,
  tenants: readonly Tenant[],
  { file, asOf, start, direction }: Drawing,
): Promise<void> {
  const [tenant, ...others] = tenants
  if (!tenant || others.length > 0) throw usage('a drawing is of one tenant: name it with `--tenant`', command)
  const whole = await lineageOfTenant(tenant, await scene.host.products(), asOf)
  const { graph, words, every } = askedOf(whole, start, direction)
  await writeFile(scene.path(file), await drawLineage(graph, words, every), { mode: 0o600 })
  const fields = graph.boxes.reduce((count, box) => count + box.fields.length, 0)
  scene.io.err(`${graph.boxes.length} boxes with ${fields} columns drawn in ${basename(file)}\n`)
}
