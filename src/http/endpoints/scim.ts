import { type TSchema, Type } from '@sinclair/typebox'
import type { FastifyReply } from 'fastify'
import type { SubjectId } from '#kernel'
import {
  appendInTurn,
  checkKeeper,
  createGroup,
  createUser,
  listGroups,
  listUsers,
  patchGroup,
  patchUser,
  readGroup,
  readUser,
  removeGroup,
  removeUser,
  replaceGroup,
  replaceUser,
  type ScimCall,
  type ScimObject,
  type ScimOutcome,
} from '#node'
import { type Call, endpoint, media, shape } from '../endpoint.ts'
import { scimType } from '../scim-form.ts'

/* SCIM 2.0 (RFC 7643, RFC 7644) over a tenant's register of people: docs/how-to/keep-the-staff-register.md. */

const root = '/scim/v2/:tenant'
const body = Type.Object({}, { additionalProperties: true, description: 'A SCIM resource, or a PatchOp.' })
const question = shape({
  filter: Type.Optional(Type.String({ maxLength: 300 })),
  startIndex: Type.Optional(Type.Integer()),
  count: Type.Optional(Type.Integer()),
  // Asked for by some providers, and never more than we would say anyhow.
  attributes: Type.Optional(Type.String({ maxLength: 1_000 })),
  excludedAttributes: Type.Optional(Type.String({ maxLength: 1_000 })),
})
const common = { auth: 'service', response: media(scimType) } as const
const id = { id: Type.String({ maxLength: 200 }) }

type ScimRequest = Call<'service', '/scim/v2/:tenant/x', TSchema, TSchema>

function scimCall({ context, tenant, caller, at }: Omit<ScimRequest, 'params'>): ScimCall {
  const state = tenant.governance.state()
  const by: SubjectId = caller.subject
  checkKeeper(state, by, caller.purposeAt(tenant), at)
  const { defaultTeamRole: defaultRole } = context.node.config.staff
  const base = `${context.origin}/scim/v2/${tenant.profile.id}`
  return { state, by, at, base, defaultRole, source: 'identity provider' }
}

/** Appends what is signed in its turn; what was refused is told after that. */
async function write(request: ScimRequest, make: (call: ScimCall) => ScimOutcome): Promise<string> {
  let outcome: ScimOutcome | null = null
  await appendInTurn(request.tenant, (state, at) => {
    outcome = make({ ...scimCall(request), state, at })
    return [...outcome.entries]
  })
  const { refused, id: about } = outcome!
  if (refused) throw refused
  return about
}

type Change = (call: ScimCall, id: string, sent: ScimObject) => ScimOutcome
type Read = (call: ScimCall, id: string) => ScimObject

/** Carries a change out and shows the resource as the register has it then. */
async function change(request: ScimRequest, about: string, make: Change, read: Read): Promise<string> {
  const changed = await write(request, (call) => make(call, about, request.body as ScimObject))
  // As it stands after the entry, which may be later than the request.
  return JSON.stringify(read({ ...scimCall(request), at: request.tenant.flows.clock.now() }, changed))
}

async function created(request: ScimRequest, make: Change, read: Read): Promise<FastifyReply> {
  const text = await change(request, '', make, read)
  const { location } = (JSON.parse(text) as { meta: { location: string } }).meta
  return request.reply.status(201).header('location', location).send(text)
}

async function removed(request: ScimRequest, about: string, make: (call: ScimCall, id: string) => ScimOutcome) {
  await write(request, (call) => make(call, about))
  return request.reply.status(204).send()
}

const users = `${root}/Users` as const
const groups = `${root}/Groups` as const

export const scimEndpoints = [
  endpoint({
    ...{ ...common, method: 'GET', path: `${root}/ServiceProviderConfig` },
    summary: 'What of SCIM 2.0 this node can do.',
    handler: (request) => {
      scimCall(request)
      return JSON.stringify(providerConfig)
    },
  }),
  endpoint({
    ...{ ...common, method: 'GET', path: users, query: question },
    summary: 'People in the register, whoever left among them as inactive.',
    handler: (request) => JSON.stringify(listUsers(scimCall(request), request.query)),
  }),
  endpoint({
    ...{ ...common, method: 'POST', path: users, body },
    summary: 'Registers a person; gives no access to anything.',
    handler: (request) => created(request, (call, _, sent) => createUser(call, sent), readUser),
  }),
  endpoint({
    ...{ ...common, method: 'GET', path: `${users}/:id`, params: id },
    summary: 'A person in the register.',
    handler: (request) => JSON.stringify(readUser(scimCall(request), request.params.id)),
  }),
  endpoint({
    ...{ ...common, method: 'PUT', path: `${users}/:id`, params: id, body },
    summary: 'Makes the register say the same of a person: another employer ends what they held.',
    handler: (request) => change(request, request.params.id, replaceUser, readUser),
  }),
  endpoint({
    ...{ ...common, method: 'PATCH', path: `${users}/:id`, params: id, body },
    summary: 'Changes what the register says of a person; `active` false ends their access at once.',
    handler: (request) => change(request, request.params.id, patchUser, readUser),
  }),
  endpoint({
    ...{ ...common, method: 'DELETE', path: `${users}/:id`, params: id },
    summary: 'Records that a person has left; the register keeps them as inactive.',
    handler: (request) => removed(request, request.params.id, removeUser),
  }),
  endpoint({
    ...{ ...common, method: 'GET', path: groups, query: question },
    summary: 'Teams, and who has a role in each now.',
    handler: (request) => JSON.stringify(listGroups(scimCall(request), request.query)),
  }),
  endpoint({
    ...{ ...common, method: 'POST', path: groups, body },
    summary: 'Registers a team with its members; the type of a member is their role.',
    handler: (request) => created(request, (call, _, sent) => createGroup(call, sent), readGroup),
  }),
  endpoint({
    ...{ ...common, method: 'GET', path: `${groups}/:id`, params: id },
    summary: 'A team, and who has a role in it now.',
    handler: (request) => JSON.stringify(readGroup(scimCall(request), request.params.id)),
  }),
  endpoint({
    ...{ ...common, method: 'PUT', path: `${groups}/:id`, params: id, body },
    summary: 'Makes the members of a team those that are sent.',
    handler: (request) => change(request, request.params.id, replaceGroup, readGroup),
  }),
  endpoint({
    ...{ ...common, method: 'PATCH', path: `${groups}/:id`, params: id, body },
    summary: 'Adds members to a team and takes members out.',
    handler: (request) => change(request, request.params.id, patchGroup, readGroup),
  }),
  endpoint({
    ...{ ...common, method: 'DELETE', path: `${groups}/:id`, params: id },
    summary: 'Takes everybody out of a team; the team itself stays.',
    handler: (request) => removed(request, request.params.id, removeGroup),
  }),
]

const providerConfig = {
  schemas: ['urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig'],
  patch: { supported: true },
  bulk: { supported: false, maxOperations: 0, maxPayloadSize: 0 },
  filter: { supported: true, maxResults: 200 },
  ...{ changePassword: { supported: false }, sort: { supported: false }, etag: { supported: false } },
  authenticationSchemes: [
    {
      ...{ type: 'oauthbearertoken', name: 'Access token' },
      description: 'An access token of the identity provider (RFC 9068), with the scope `purpose:staff-register`.',
    },
  ],
}
