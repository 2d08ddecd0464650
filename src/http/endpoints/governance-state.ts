import { type TSchema, Type } from '@sinclair/typebox'
import {
  approvalsByMovers,
  contradictions,
  DpiaBoundsSchema,
  DpiaClaimSchema,
  DpiaDocumentSchema,
  definitionOf,
  dpiaDifference,
  effectOfDpia,
  IdSchema,
  type Input,
  type RegisterName,
  RowScopeSchema,
  registerList,
  registerNames,
  sightOf,
} from '#governance'
import { endpoint, shape } from '../endpoint.ts'
import { bodyOf } from './governance-events.ts'

const text = Type.String()
const texts = Type.Array(text)
const count = Type.Integer()
const orNull = <T extends TSchema>(schema: T) => Type.Union([schema, Type.Null()])
const textOrNull = orNull(text)

/** What leaves of each register; nothing else does. */
const lines: Readonly<Record<RegisterName, TSchema>> = {
  organisations: shape({ id: text, name: text, sector: text, until: textOrNull, successor: textOrNull }),
  people: shape({
    ...{ id: text, name: text, kind: text, employer: text, role: text, grade: text, manager: textOrNull },
    ...{ duties: texts, clearanceUntil: textOrNull, trainingUntil: textOrNull, from: text, until: textOrNull },
    inPost: Type.Boolean(),
    posts: Type.Array(shape({ employer: text, kind: text, since: text })),
  }),
  teams: shape({
    ...{ id: text, name: text, organisation: text },
    members: Type.Array(shape({ person: text, role: text, from: text, until: textOrNull })),
  }),
  purposes: shape({
    ...{
      id: text,
      name: text,
      class: text,
      article6: text,
      article9: textOrNull,
      commonLaw: text,
      justification: text,
    },
    ...{ product: textOrNull, instruments: texts },
    reclassed: Type.Array(shape({ class: text, commonLaw: text, from: text })),
  }),
  instruments: shape({
    ...{ id: text, kind: text, title: text, reference: text, conditions: texts, from: text, until: textOrNull },
  }),
  contracts: shape({
    ...{ id: text, title: text, controller: textOrNull, supplier: text, subProcessors: texts, storage: text },
    ...{ valuePounds: Type.Number(), from: text, until: text },
    instructions: Type.Array(shape({ id: text, text, purposes: texts })),
    history: Type.Array(
      shape({ entry: count, at: text, what: text, until: text, valuePounds: Type.Number(), reason: text }),
    ),
  }),
  agreements: shape({
    ...{ id: text, version: count, title: text, parties: texts, objects: texts, level: text, rows: RowScopeSchema },
    ...{ reach: text, gpData: Type.Boolean(), from: text, until: text, endedAt: textOrNull, inForce: Type.Boolean() },
    signatures: Type.Array(shape({ party: text, by: text, at: text })),
  }),
  dpias: shape({
    ...{ id: text, version: count, title: text, sha256: text, effectiveFrom: text, effectiveForCareFrom: text },
    ...{ approvedAt: text, approvedBy: text, controller: textOrNull, inForce: Type.Boolean() },
    ...{ claims: Type.Array(DpiaClaimSchema), bounds: DpiaBoundsSchema, document: orNull(DpiaDocumentSchema) },
  }),
  families: shape({ id: text, title: text, objects: texts }),
  'switched-on': shape({
    ...{ scope: text, from: text, until: text, on: Type.Boolean() },
    evidence: Type.Array(shape({ item: text, reference: text, until: text })),
  }),
}

const registerEndpoints = registerNames.map((name) =>
  endpoint({
    ...{ method: 'GET', auth: 'either', path: `/api/v1/tenants/:tenant/governance/state/${name}` },
    summary:
      name === 'people'
        ? 'The register of people, for those who oversee.'
        : `The register of ${name.replace('-', ' ')} as it stands now.`,
    response: Type.Array(lines[name]),
    handler: ({ tenant, caller, at }) => {
      const state = tenant.governance.state()
      return registerList(state, name, sightOf(state, caller.subject, at), at)
    },
  }),
)

const anything = Type.Unknown({ description: 'The part as the version has it; null if it has none.' })
const parts = Type.Array(shape({ part: text, before: anything, after: anything }))

/** What governs a tenant, as its ledger says, and whether it holds together. */
export const governanceStateEndpoints = [
  ...registerEndpoints,
  endpoint({
    ...{ method: 'GET', path: '/api/v1/tenants/:tenant/governance/dpias/:id/difference', auth: 'either' },
    summary:
      'What one version of a DPIA says otherwise than another: claims added and removed, bounds and text changed.',
    params: { id: IdSchema },
    query: shape({ from: Type.Integer({ minimum: 1 }), to: Type.Integer({ minimum: 1 }) }),
    response: shape({
      ...{ id: text, from: count, to: count, changedBounds: parts, changedDocument: parts },
      ...{ addedClaims: Type.Array(DpiaClaimSchema), removedClaims: Type.Array(DpiaClaimSchema) },
    }),
    handler: ({ tenant, caller, params, query: { from, to }, at }) => {
      const state = tenant.governance.state()
      sightOf(state, caller.subject, at)
      return dpiaDifference(state, params.id, from, to)
    },
  }),
  endpoint({
    ...{ method: 'POST', path: '/api/v1/tenants/:tenant/governance/dpias/dry-run', auth: 'either' },
    summary: 'Who would lose what, and when, if the caller approved this DPIA version now; nothing is written.',
    body: bodyOf(definitionOf('governance.dpia-approved').schema),
    response: Type.Array(
      shape({ person: text, grant: text, object: text, level: text, purpose: text, until: text, stopsAt: text }),
    ),
    handler: ({ tenant, caller, body, at }) => {
      const { state, policies } = tenant.governance
      const input = { ...body, by: caller.subject } as unknown as Input<'governance.dpia-approved'>
      return effectOfDpia(state(), input, at, policies).map(({ row, stopsAt }) => ({ ...row, stopsAt }))
    },
  }),
  endpoint({
    ...{ method: 'GET', path: '/api/v1/tenants/:tenant/governance/contradictions', auth: 'either' },
    summary: 'Sentences of DPIAs in force that are not true now, with what is the case instead.',
    response: Type.Array(shape({ dpia: text, version: count, sentence: text, instead: text, grants: texts })),
    handler: ({ tenant, caller, at }) => {
      const state = tenant.governance.state()
      const { all } = sightOf(state, caller.subject, at)
      return contradictions(state, at).map((each) => ({ ...each, grants: all ? each.grants : [] }))
    },
  }),
  endpoint({
    ...{ method: 'GET', path: '/api/v1/tenants/:tenant/governance/movers', auth: 'either' },
    summary:
      'Approvals whose approver then joined a recipient, with their review: all for whoever oversees, else one’s own.',
    response: Type.Array(
      shape({ grant: text, approver: text, approvedAt: text, joined: text, since: text, review: textOrNull }),
    ),
    handler: ({ tenant, caller, at }) => {
      const state = tenant.governance.state()
      const sight = sightOf(state, caller.subject, at)
      return approvalsByMovers(state, at).filter(({ approver }) => sight.concerns(approver))
    },
  }),
]
