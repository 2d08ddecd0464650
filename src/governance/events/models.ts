import { Type } from '@sinclair/typebox'
import { sha256Hex } from '#kernel'
import { whyNotApprover, whyNotInPost } from '../entitlement.ts'
import type { ReviewedModel } from '../registers.ts'
import { Sha256Schema, TermSchema } from '../vocabulary.ts'
import { defineEvent } from './definition.ts'

const FileSchema = Type.String({ minLength: 1, maxLength: 20_000 })

/** That a model is to be built as it stands in these two files. They are kept, so that whoever approves sees what changes. */
export const modelProposed = defineEvent(
  { object: TermSchema, yaml: FileSchema, sql: FileSchema },
  {
    what: 'propose a model',
    whyNotEntitled: (state, { by }, at) => whyNotInPost(state, by, at),
    whyNotNew: (state, { object, yaml, sql }) =>
      state.models.get(object)?.proposed.sha256 === modelHash(yaml, sql) ? 'it is proposed already' : null,
    apply(state, { object, by, yaml, sql }, { index, time }) {
      const proposed = { entry: index, at: time, by, yaml, sql, sha256: modelHash(yaml, sql) }
      const approved = state.models.get(object)?.approved ?? null
      return { ...state, models: state.models.set(object, { object, proposed, approved }) }
    },
  },
)

/** That what was proposed may be built, and nothing else under that name from now on. Never by who proposed it. */
export const modelApproved = defineEvent(
  { object: TermSchema, sha256: Sha256Schema },
  {
    what: 'approve a model',
    whyNotEntitled: (state, { object, by }, at) =>
      whyNotApprover(state, by, at) ??
      (state.models.get(object)?.proposed.by === by ? 'nobody approves what they proposed themselves' : null),
    whyNotNew(state, { object, sha256 }) {
      const model = state.models.get(object)
      if (model?.proposed.sha256 !== sha256) return 'what was proposed last is something else'
      return model.approved?.sha256 === sha256 ? 'it is approved already' : null
    },
    apply(state, { object, by }, { index, time }) {
      const { proposed } = state.models.get(object) as ReviewedModel
      const approved = { ...proposed, entry: index, at: time, by }
      return { ...state, models: state.models.set(object, { object, proposed, approved }) }
    },
  },
)

function modelHash(yaml: string, sql: string): string {
  return sha256Hex(`${yaml}\0${sql}`)
}
