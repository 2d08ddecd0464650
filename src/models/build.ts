import { type Derivation, type Derived, derive, type FlowDeps } from '#flows'
import type { OdsCode, PurposeId, SubjectId } from '#kernel'
import type { CheckedModel } from './check-model.ts'
import { modelErrors } from './errors.ts'
import { fillOf } from './fill.ts'

/** Who builds, for what. */
export interface Builder {
  readonly subject: SubjectId
  readonly purpose: PurposeId
}

export interface BuildResult {
  readonly object: string
  readonly controller: OdsCode
  readonly outcome: Exclude<Derived['outcome'], 'refused'>
  /** Of what is published now; null where nothing is. */
  readonly entry: number | null
  readonly rows: number | null
}

/**
 * Builds a model for every controller that has rows of its inputs, or had. Only what is approved as it stands is built.
 * Errors: FDP_MODEL_NOT_APPROVED, FDP_MODEL_RESULT, and those of `derive`.
 */
export async function buildModel(
  checked: CheckedModel,
  builder: Builder,
  deps: FlowDeps,
): Promise<readonly BuildResult[]> {
  const { model } = checked
  const { object } = model
  if (deps.governance.state().models.get(object)?.approved?.sha256 !== model.sha256)
    throw modelErrors('FDP_MODEL_NOT_APPROVED', { model: object })
  const results: BuildResult[] = []
  for (const controller of await controllersOf(checked, deps)) {
    const made = await derive(derivationOf(checked, controller, builder), deps, fillOf(checked.model))
    if (made.outcome === 'refused') throw resultError(object, controller, made.findings)
    const entry = made.outcome === 'nothing' ? null : made.entry
    results.push({
      object,
      controller,
      outcome: made.outcome,
      entry,
      rows: made.outcome === 'published' ? made.rows : null,
    })
  }
  return results
}

export function resultError(
  model: string,
  controller: string,
  findings: Extract<Derived, { outcome: 'refused' }>['findings'],
) {
  const said = findings.map(
    ({ rule, column, rows }) => `${rule}${column === null ? '' : ` in ${column}`}${rows > 0 ? ` (${rows} rows)` : ''}`,
  )
  return modelErrors('FDP_MODEL_RESULT', { model, controller, findings: said.slice(0, 10).join(', ') })
}

export async function controllersOf({ model, lineage }: CheckedModel, deps: FlowDeps): Promise<readonly OdsCode[]> {
  const catalogue = deps.governance.catalogue()
  const found = new Set<OdsCode>()
  for (const object of [...lineage.inputs, model.object]) {
    const manifest = catalogue.lakeManifest(object)
    if (manifest === null) continue
    for (const { controller } of (await deps.lake.version(manifest)).files) found.add(controller as OdsCode)
  }
  return [...found].sort()
}

export function derivationOf({ model, lineage }: CheckedModel, controller: OdsCode, builder: Builder): Derivation {
  const { type, sha256 } = model
  const columns = Object.fromEntries(
    type.properties.map(({ name }) => {
      const { from, by } = lineage.columns.get(name)!
      return [name, { from: [...from].sort(), by: [...by].sort() }]
    }),
  )
  return {
    type,
    controller,
    inputs: lineage.inputs,
    model: { sha256, columns, rows: [...lineage.rows].sort() },
    ...builder,
  }
}
