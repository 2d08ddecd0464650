import type { Command } from 'commander'
import { openingsNow, overdueOpenings } from '#governance'
import { breakGlass, openingMinutesMax, reviewOpening, showOpening, type Tenant } from '#node'
import { printRows, printWords } from '../io.ts'
import { patientOf, patientOptions } from '../patient-option.ts'
import { type Act, noun } from '../program.ts'
import { readChoiceOption, readWholeOption } from '../read-option.ts'
import { actingOptions, contextOf } from '../scene.ts'
import { tenantsOf } from './tenants-of.ts'

const outcomes = ['justified', 'not-justified', 'unclear'] as const

/** `fdp break-glass open`, `list`, `review`. */
export function breakGlassCommands(program: Command, act: Act): void {
  const group = noun(program, 'break-glass', 'one patient’s record in an emergency: at once, for an hour, reviewed')
  openCommand(group, act)
  listCommand(group, act)
  reviewCommand(group, act)
}

function openCommand(group: Command, act: Act): void {
  act(
    patientOptions(
      actingOptions(
        group
          .command('open')
          .argument('[patient]', 'the controller’s own id of the patient')
          .description('open one patient’s record for yourself, at once; it is on record, and somebody will review it'),
      ),
    )
      .requiredOption('--reason <text>', 'why; kept in the erasable part, for whoever reviews')
      .option('--minutes <n>', 'how long', String(openingMinutesMax)),
    async (scene, options, [patient]) => {
      const place = { option: '--minutes', command: 'break-glass open' }
      const minutes = readWholeOption(options.minutes, place, { min: 1, max: openingMinutesMax })
      const asked = patientOf(patient, options, 'break-glass open')
      const { tenant, context } = await scene.acting(contextOf(options))
      const { subject: by, purpose } = context
      const reason = String(options.reason)
      const { openings, until, objects } = await breakGlass(tenant, { by, purpose, patient: asked, reason, minutes })
      const ids = openings.map(({ id }) => id)
      printWords(
        scene.io,
        [
          `open until ${until} for you alone, for \`${purpose}\`: ${ids.join(', ')}`,
          `that patient’s rows of ${objects.join(', ')}; read them with \`./fdp object read\``,
        ],
        { openings, until, purpose, objects },
      )
      scene.io.err('everybody who keeps this tenant can see that you did this; a review is due within a day\n')
    },
  )
}

function listCommand(group: Command, act: Act): void {
  act(
    group
      .command('list')
      .description('emergencies and looks at one row: open now, waiting for a review, overdue')
      .option('--tenant <id>', 'one tenant only')
      .option('--all', 'reviewed ones too'),
    async (scene, options) => {
      const rows = (await tenantsOf(scene, options)).flatMap((tenant) => openingRows(tenant, options.all === true))
      const columns = ['tenant', 'opening', 'kind', 'person', 'witness', 'at', 'until', 'open', 'reviewDue', 'review']
      printRows(scene.io, columns, rows)
    },
  )
}

function openingRows({ profile, governance, flows }: Tenant, all: boolean) {
  const state = governance.state()
  const at = flows.clock.now()
  const open = new Set(openingsNow(state, at).map(({ id }) => id))
  const overdue = new Set(overdueOpenings(state, at).map(({ id }) => id))
  return [...state.openings.values()]
    .filter(({ id, review }) => all || review === null || open.has(id))
    .sort((a, b) => a.entry - b.entry)
    .map(({ id, kind, person, witness, at: from, until, reviewDue, review }) => [
      ...[profile.id as string, id, kind, person, witness, from, until, open.has(id), reviewDue],
      review?.outcome ?? (overdue.has(id) ? 'OVERDUE' : 'waiting'),
    ])
}

function reviewCommand(group: Command, act: Act): void {
  act(
    actingOptions(
      group
        .command('review')
        .argument('<opening>', 'as `break-glass list` names it; a look at one row too')
        .description('see why it was opened and what was read; with an outcome, say whether it was right'),
    )
      .option('--outcome <what>', outcomes.join(', '))
      .option('--reason <text>', 'why; kept in the erasable part', ''),
    async (scene, options, [opening = '']) => {
      const { tenant, context } = await scene.acting(contextOf(options))
      const by = context.subject
      if (options.outcome === undefined) {
        const shown = await showOpening(tenant, { by, opening })
        const reads = shown.reads.map(
          ({ entry, at, objects, rows }) => `  entry ${entry}, ${at}: ${objects.join(', ')}, ${rows ?? 'unknown'} rows`,
        )
        const why = shown.reason === null ? 'the reason was erased, and nothing is open any more' : shown.reason
        return printWords(scene.io, [`reason: ${why}`, `reads: ${shown.reads.length}`, ...reads], shown)
      }
      const place = { option: '--outcome', command: 'break-glass review' }
      const outcome = readChoiceOption(options.outcome, place, outcomes)
      const { index } = await reviewOpening(tenant, { by, opening, outcome, reason: String(options.reason) })
      scene.io.err(`reviewed; entry ${index} of the ledger\n`)
    },
  )
}
