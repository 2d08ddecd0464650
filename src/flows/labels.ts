import type { Catalogue } from '#governance'
import { gpRecordLabel, isGpRecordData } from '#privacy'
import { fail } from './errors.ts'
import { storing } from './stores.ts'
import type { FlowDeps, Submission } from './submission.ts'

type Declared = Pick<Submission, 'object' | 'controller' | 'origin' | 'derivedFrom' | 'labels'>

/** The labels of a submission: what it brings along, those of what it was made from, and that of GP record data. */
export function labelsFor(submission: Declared, deps: FlowDeps): readonly string[] {
  const { object, controller, origin = null, derivedFrom = [], labels = [] } = submission
  const fromPractice = deps.isPractice?.(controller) ?? false
  const catalogue = deps.governance.catalogue()
  const all = [...labels, ...derivedFrom.flatMap((each) => labelsOf(catalogue, each))]
  if (isGpRecordData({ origin, object, fromPractice })) all.push(gpRecordLabel)
  return [...new Set(all)].sort()
}

/** Of every submission of the type that was ever published: a label does not fall off. */
function labelsOf(catalogue: Catalogue, object: string): readonly string[] {
  const published = catalogue.history.filter((publication) => publication.object === object)
  return published.flatMap(({ report }) => (report?.labels ?? []) as string[])
}

/**
 * Law 8: data from GP record systems never reach a national tenant, and another one only under an agreement with the
 * practice. Looked at after every grant and setting, so that none of them can say otherwise.
 * Errors: FDP_FLOWS_GP_DATA, with an entry that says which of the two it was.
 */
export async function checkGpData(
  submission: Declared & Pick<Submission, 'subject' | 'purpose'>,
  deps: FlowDeps,
): Promise<void> {
  if (!labelsFor(submission, deps).includes(gpRecordLabel)) return
  const { object, controller, subject, purpose } = submission
  const isAgreed = deps.gpAgreement?.({ practice: controller, object, at: deps.clock.now() }) ?? false
  if (deps.tenantKind !== 'national' && isAgreed) return
  const reason = deps.tenantKind === 'national' ? 'gp-record-data-national' : 'gp-record-data-no-agreement'
  const governance = { version: 1, by: subject, purpose, object, controller, reasons: [reason] }
  await storing('ledger', 'decide', () => deps.ledger.append({ type: 'flow.not-allowed', governance }))
  throw fail('FDP_FLOWS_GP_DATA')
}
