import type { Command } from 'commander'
import {
  type DpiaClaim,
  type DpiaVersion,
  dpiaDifference,
  dpiaHash,
  effectOfDpia,
  type Input,
  type PartChanged,
  registerList,
  sightOf,
  sign,
} from '#governance'
import type { Instant, JsonObject, SubjectId } from '#kernel'
import { appendInTurn } from '#node'
import { usage } from '../errors.ts'
import { printRows, printWords } from '../io.ts'
import { type Act, noun } from '../program.ts'
import { readJsonOption } from '../read-json.ts'
import { readWholeOption } from '../read-option.ts'
import { actingOptions, contextOf } from '../scene.ts'

const approved = 'governance.dpia-approved'
const versionRange = { min: 1, max: 1_000_000 }

/** `fdp dpia show`, `diff`, `draft`, `dry-run`, `approve`. */
export function dpiaCommands(program: Command, act: Act): void {
  const dpia = noun(program, 'dpia', 'data protection impact assessments: what they say, and who would lose what')
  showCommand(dpia, act)
  diffCommand(dpia, act)
  draftCommand(dpia, act)
  dryRunCommand(dpia, act)
  approveCommand(dpia, act)
}

function showCommand(dpia: Command, act: Act): void {
  act(
    actingOptions(
      dpia
        .command('show')
        .argument('<id>')
        .argument('[version]', 'the one in force if left out')
        .description('a DPIA: its document, its claims, its bounds'),
    ),
    async (scene, options, [id = '', version]) => {
      const { tenant, context, node } = await scene.acting(contextOf(options))
      const state = tenant.governance.state()
      const at = node.adapters.clock.now()
      const all = registerList(state, 'dpias', sightOf(state, context.subject, at), at).filter((each) => each.id === id)
      const place = { option: '[version]', command: 'dpia show' }
      const number = version === undefined ? null : readWholeOption(version, place, versionRange)
      const found = all.find((each) => (number === null ? each.inForce : each.version === number))
      if (!found) throw usage('the register has no such version; `./fdp govern show dpias` lists them', 'dpia show')
      printWords(scene.io, wordsOf(found), found)
    },
  )
}

function wordsOf({ id, version, title, sha256, claims, bounds, document, ...rest }: DpiaVersion): string[] {
  const { effectiveFrom, effectiveForCareFrom, approvedBy } = rest
  return [
    `${title} (${id}, version ${version}), from ${effectiveFrom}, for individual care from ${effectiveForCareFrom}`,
    `approved by ${approvedBy}; SHA-256 ${sha256}`,
    ...(document ? documentWords(document) : ['it has no document']),
    ...claims.map((claim) => `may: ${claimWords(claim)}`),
    ...boundWords(bounds),
  ]
}

function claimWords({ kinds, objects, levels, purposes, daysMax, recipients, training }: DpiaClaim): string {
  const employed = recipients ? `, if they work for ${recipients.join(', ')}` : ''
  const trained = training ? ', with current training' : ''
  return (
    `${kinds.join(', ')} see ${objects.join(', ')}, ${levels.join(', ')}, for ${purposes.join(', ')}, ` +
    `${daysMax} days at most${employed}${trained}`
  )
}

function boundWords({ elevated, breadth, contracts = [], retentionDays }: DpiaVersion['bounds']): string[] {
  return [
    elevated
      ? `bound: ${elevated.peopleMax} people of processors see identifiable rows at one time, ${elevated.daysMax} days at most, looked at again every ${elevated.reviewDays}`
      : 'bound: nobody of a processor sees identifiable rows',
    ...(breadth
      ? [`bound: rows of ${breadth.personMax} data sets for one person, of ${breadth.employerMax} for another employer`]
      : []),
    ...contracts.map(
      ({ id, until, subProcessors, purposes }) =>
        `bound: contract ${id} until ${until.slice(0, 10)}, with ${subProcessors.join(', ') || 'no sub-processor'}, for ${purposes.join(', ')}`,
    ),
    ...(retentionDays === undefined ? [] : [`bound: kept for ${retentionDays} days`]),
  ]
}

function documentWords(document: NonNullable<DpiaVersion['document']>): string[] {
  const { necessity, risks, officerAdvice, consulted, priorConsultation, guardianDecision } = document
  return [
    `necessity: ${necessity}`,
    ...risks.map(({ risk, measure, residual }) => `risk: ${risk} Measure: ${measure} What remains: ${residual}`),
    `the data protection officer, ${officerAdvice.by}: ${officerAdvice.says}`,
    ...consulted.map(({ who, said }) => `asked: ${who}: ${said}`),
    ...(priorConsultation ? [`prior consultation ${priorConsultation.reference}: ${priorConsultation.outcome}`] : []),
    `the Caldicott Guardian, ${guardianDecision.by}: ${guardianDecision.says}`,
    `the senior information risk owner, ${document.riskOwnerDecision.by}: ${document.riskOwnerDecision.says}`,
    `looked at again by ${document.nextReview.slice(0, 10)}`,
  ]
}

function diffCommand(dpia: Command, act: Act): void {
  act(
    actingOptions(
      dpia
        .command('diff')
        .argument('<id>')
        .argument('<from>', 'a version')
        .argument('<to>', 'a later one')
        .description('what one version says otherwise than another'),
    ),
    async (scene, options, [id = '', from, to]) => {
      const { tenant, context, node } = await scene.acting(contextOf(options))
      const state = tenant.governance.state()
      sightOf(state, context.subject, node.adapters.clock.now())
      const number = (text: unknown) =>
        readWholeOption(text, { option: '<from> and <to>', command: 'dpia diff' }, versionRange)
      const difference = dpiaDifference(state, id, number(from), number(to))
      const { addedClaims, removedClaims, changedBounds, changedDocument } = difference
      const words = [
        ...removedClaims.map((claim) => `no longer: ${claimWords(claim)}`),
        ...addedClaims.map((claim) => `new: ${claimWords(claim)}`),
        ...changedBounds.map((each) => changeWords('bound', each)),
        ...changedDocument.map((each) => changeWords('text', each)),
      ]
      printWords(scene.io, words.length > 0 ? words : ['nothing'], difference)
    },
  )
}

function changeWords(what: string, { part, before, after }: PartChanged): string {
  return `${what} ${part}: ${JSON.stringify(before)} → ${JSON.stringify(after)}`
}

function draftCommand(dpia: Command, act: Act): void {
  act(
    actingOptions(
      dpia
        .command('draft')
        .argument('<id>')
        .description('the next version as a file to write in: what the latest says'),
    ),
    async (scene, options, [id = '']) => {
      const { tenant, context, node } = await scene.acting(contextOf(options))
      const state = tenant.governance.state()
      const at = node.adapters.clock.now()
      const latest = registerList(state, 'dpias', sightOf(state, context.subject, at), at).findLast(
        (each) => each.id === id,
      )
      if (!latest) throw usage('the register has no such DPIA; `./fdp govern show dpias` lists them', 'dpia draft')
      const { version, title, claims, bounds, document } = latest
      const draft = { id, dpiaVersion: version + 1, title, claims, bounds, ...(document ? { document } : {}) }
      scene.io.out(`${JSON.stringify(draft, null, 2)}\n`)
    },
  )
}

function dryRunCommand(dpia: Command, act: Act): void {
  act(
    actingOptions(
      dpia.command('dry-run').description('who would lose what, and when, if you approved this version now'),
    ).requiredOption('--file <path>', 'the version as JSON'),
    async (scene, options) => {
      const { tenant, context, node } = await scene.acting(contextOf(options))
      const { state, policies } = tenant.governance
      const at = node.adapters.clock.now()
      const input = versionOf(await readJsonOption(scene, { file: options.file }, 'dpia dry-run'), context.subject, at)
      const losses = effectOfDpia(state(), input, at, policies)
      const columns = ['stops', 'person', 'action', 'object', 'level', 'purpose', 'grant']
      const rows = losses.map(({ row, stopsAt }) => [
        ...[stopsAt, row.person, row.action, row.object, row.level, row.purpose, row.grant],
      ])
      printRows(scene.io, columns, rows)
      scene.io.err(`${losses.length} would stop; nothing was written\n`)
    },
  )
}

function approveCommand(dpia: Command, act: Act): void {
  act(
    actingOptions(
      dpia.command('approve').description('approve a version of a DPIA; what it no longer contains stops'),
    ).requiredOption('--file <path>', 'the version as JSON'),
    async (scene, options) => {
      const { tenant, context } = await scene.acting(contextOf(options))
      const given = await readJsonOption(scene, { file: options.file }, 'dpia approve')
      let losses = 0
      const [receipt] = await appendInTurn(
        tenant,
        (state, at, policies) => {
          const input = versionOf(given, context.subject, at)
          losses = effectOfDpia(state, input, at, policies).length
          return sign(state, approved, input, at)
        },
        { by: context.subject, type: approved },
      )
      scene.io.err(`approved; ${losses} will stop by it; entry ${receipt?.index} of the ledger\n`)
    },
  )
}

/** A version as it is written in a file: without a beginning it takes effect now, without a hash it is hashed here. */
function versionOf(given: JsonObject, by: SubjectId, at: Instant): Input<'governance.dpia-approved'> {
  const version = { bounds: {}, effectiveFrom: at, ...given, by } as unknown as Input<'governance.dpia-approved'>
  return { ...version, sha256: version.sha256 ?? dpiaHash(version) }
}
