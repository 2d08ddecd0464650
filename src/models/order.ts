import type { CheckedModel } from './check-model.ts'
import { modelErrors } from './errors.ts'

/** Models so that each comes after those that it reads. FDP_MODEL_CYCLE names a circle. */
export function inOrder<M extends Pick<CheckedModel, 'model' | 'lineage'>>(models: readonly M[]): readonly M[] {
  const byName = new Map(models.map((each) => [each.model.object, each]))
  const done = new Set<M>()
  const visit = (each: M, path: readonly string[]): void => {
    if (done.has(each)) return
    const { object } = each.model
    if (path.includes(object))
      throw modelErrors('FDP_MODEL_CYCLE', { cycle: [...path.slice(path.indexOf(object)), object].join(' → ') })
    for (const input of each.lineage.inputs) {
      const next = byName.get(input)
      if (next) visit(next, [...path, object])
    }
    done.add(each)
  }
  for (const each of [...models].sort((a, b) => (a.model.object < b.model.object ? -1 : 1))) visit(each, [])
  return [...done]
}
