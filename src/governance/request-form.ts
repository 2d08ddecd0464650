import { type Static, Type } from '@sinclair/typebox'
import type { Instant, SubjectId } from '#kernel'
import { columnsAt, generalColumnsAt, isObjectType } from './columns.ts'
import { fail } from './errors.ts'
import type { Input } from './sign.ts'
import { dpiaInForce, type GovernanceState } from './state.ts'
import {
  AgreementRefSchema,
  ContractRefSchema,
  type DpiaRef,
  DpiaRefSchema,
  IdSchema,
  InstantSchema,
  LevelSchema,
  PurposeIdSchema,
  RowScopeSchema,
  SubjectIdSchema,
  TeamRoleSchema,
  TermSchema,
  TextSchema,
} from './vocabulary.ts'

const closed = { additionalProperties: false }

const asked = {
  columns: Type.Optional(
    Type.Union([Type.Literal('all-at-level'), Type.Array(TermSchema, { minItems: 1, maxItems: 1_000 })]),
  ),
  level: LevelSchema,
  rows: Type.Optional(RowScopeSchema),
  disclosurePolicy: Type.Optional(Type.String({ minLength: 1, maxLength: 100 })),
}

/**
 * The form for one data set, many, or a family, as somebody fills it in. What is left out is what most people mean: for
 * oneself, from now on, every column that the level shows, every row, the DPIA version in force.
 */
export const RequestFormSchema = Type.Object(
  {
    id: IdSchema,
    subject: Type.Optional(SubjectIdSchema),
    team: Type.Optional(TeamRoleSchema),
    purpose: PurposeIdSchema,
    from: Type.Optional(InstantSchema),
    until: InstantSchema,
    dpia: Type.Union([IdSchema, DpiaRefSchema]),
    contract: Type.Optional(ContractRefSchema),
    agreement: Type.Optional(AgreementRefSchema),
    reason: TextSchema,
    items: Type.Array(
      Type.Union([
        Type.Object({ object: TermSchema, ...asked }, closed),
        Type.Object({ family: IdSchema, ...asked }, closed),
      ]),
      { minItems: 1, maxItems: 100 },
    ),
  },
  closed,
)
export type RequestForm = Static<typeof RequestFormSchema>

type Asked = Input<'governance.access-requested'>

/**
 * The form written out: families as their data sets, columns and DPIA version as they are now, so that what is approved is
 * what was asked for. Throws FDP_GOVERNANCE_NOT_FOUND, FDP_GOVERNANCE_OBJECT_UNKNOWN, FDP_GOVERNANCE_COLUMN_UNKNOWN.
 */
export function requestOf(state: GovernanceState, form: RequestForm, by: SubjectId, at: Instant): Asked {
  const { items, dpia, from, subject, team, ...rest } = form
  return {
    ...{ ...rest, by, from: from ?? at, dpia: typeof dpia === 'string' ? dpiaNow(state, dpia, at) : dpia },
    ...(team ? { team } : {}),
    ...(subject !== undefined || team === undefined ? { subject: subject ?? by } : {}),
    items: items.flatMap((item) => objectsOf(state, item).map((object) => itemOf(object, item))),
  }
}

/** The version in force, as a reference; FDP_GOVERNANCE_NOT_FOUND. */
export function dpiaNow(state: GovernanceState, id: string, at: Instant): DpiaRef {
  const version = dpiaInForce(state, id, at)
  if (!version) throw fail('FDP_GOVERNANCE_NOT_FOUND', { what: 'DPIA in force', id })
  return { id, version: version.version, sha256: version.sha256 }
}

type FormItem = RequestForm['items'][number]

function objectsOf(state: GovernanceState, item: FormItem): readonly string[] {
  if ('object' in item) return [item.object]
  const family = state.families.get(item.family)
  if (!family) throw fail('FDP_GOVERNANCE_NOT_FOUND', { what: 'family of data sets', id: item.family })
  return family.objects
}

function itemOf(object: string, item: FormItem): Asked['items'][number] {
  const { columns = 'all-at-level', level, rows, disclosurePolicy } = item
  if (!isObjectType(object)) throw fail('FDP_GOVERNANCE_OBJECT_UNKNOWN', { object })
  const known = columnsAt(object, level)
  const named = columns === 'all-at-level' ? generalColumnsAt(object, level) : columns
  const column = named.find((each) => !known.has(each))
  if (column !== undefined) throw fail('FDP_GOVERNANCE_COLUMN_UNKNOWN', { object, column, level })
  return {
    ...{ object, level, columns: [...named] },
    rows: rows ?? { controllers: 'all', where: [] },
    disclosurePolicy: disclosurePolicy ?? null,
  }
}
