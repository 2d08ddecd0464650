import { type TSchema, Type } from '@sinclair/typebox'
import type { FastifyRequest } from 'fastify'
import type { Session } from '#gate'
import type { PurposeId } from '#kernel'
import { isOntology, type LoadDeps, ontologyErrors, printableName } from '#ontology'
import { type Call, media } from '../endpoint.ts'

/** Every address of the Ontology API, behind an application's base URL `http://host/tenants/<tenant>`. */
export const root = '/tenants/:tenant/api/v2/ontologies'
export const inOntology = `${root}/:ontology` as const

const anything = Type.String({ maxLength: 1_000 })
/** Names in an address may be anything: what is no name of something is not there, as everything that is not there. */
export const named = <const N extends string>(...names: readonly N[]) =>
  Object.fromEntries(['ontology', ...names].map((name) => [name, anything])) as Record<N | 'ontology', typeof anything>

/** Of requests that have nothing else: what the client adds to all of them. */
export const anyQuery = {
  preview: Type.Optional(Type.String()),
  branch: Type.Optional(Type.String()),
  transactionId: Type.Optional(Type.String()),
}
export const jsonText = media('application/json; charset=utf-8')
export const common = { auth: 'either', response: jsonText, query: Type.Object(anyQuery) } as const
export const jsonBody = Type.Any({ description: 'As the Ontology API has it: spec/ontology-api.md.' })

export type OntologyCall = Call<'either', `${typeof inOntology}/x`, TSchema, TSchema>

/** What a request of the Ontology API is answered with. */
export interface Opened {
  /** Holds no right: whatever it is asked is decided and logged anew. */
  readonly session: Session
  readonly deps: LoadDeps
}

/**
 * The answer of `use` with a session that lives as long as this request. FDP_ONTOLOGY_ONTOLOGY for another ontology than
 * the tenant's, FDP_ONTOLOGY_UNSUPPORTED for a branch or a transaction of it: there are none.
 */
export async function inSession(
  call: OntologyCall,
  use: (opened: Opened) => Promise<string> | string,
): Promise<string> {
  checkAddress(call)
  return await withSession(call, use)
}

/** The same without a look at the address. */
export async function withSession(
  call: SessionCall,
  use: (opened: Opened) => Promise<string> | string,
): Promise<string> {
  const asked = askedBy(call)
  const { context, tenant, caller } = call
  const { subject, sessionId: browser } = caller
  const of = { tenant: tenant.profile.id, subject, purpose: asked.purpose, justification: asked.justification, browser }
  const open = () => openSession(call, asked)
  return await context.gateSessions.with(of, open, (session) => use({ session, deps: depsOf(call, session, asked) }))
}

/** What a session is opened for. */
export type SessionCall = Pick<OntologyCall, 'context' | 'tenant' | 'caller' | 'request'>

/** A session that whoever asked for it closes. */
export async function openFor(call: SessionCall): Promise<Opened> {
  const asked = askedBy(call)
  const session = await openSession(call, asked)
  return { session, deps: depsOf(call, session, asked) }
}

interface Asked {
  readonly purpose: PurposeId
  readonly level: LoadDeps['level']
  readonly justification: string | undefined
}

function askedBy({ tenant, caller, request }: SessionCall): Asked {
  return { purpose: caller.purposeAt(tenant), level: levelOf(request), justification: justificationOf(request) }
}

function openSession(
  { tenant, caller: { subject } }: SessionCall,
  { purpose, justification }: Asked,
): Promise<Session> {
  return tenant.gate.open({ subject, purpose, ...(justification === undefined ? {} : { justification }) })
}

function depsOf({ context, tenant }: SessionCall, session: Session, { level, justification }: Asked): LoadDeps {
  const { clock, random } = context.node.adapters
  const reference = (rid: string) => context.objectSets.find({ tenant: tenant.profile.id, session, rid })
  const why = justification === undefined ? {} : { justification }
  return { keys: tenant.keys, clock, random, reference, ...why, ...(level ? { level } : {}) }
}

function checkAddress(call: OntologyCall): void {
  checkOntology(call)
  const { query } = call
  const { branch, transactionId } = query as { readonly branch?: string; readonly transactionId?: string }
  if (branch !== undefined) throw ontologyErrors('FDP_ONTOLOGY_UNSUPPORTED', { at: 'branch', what: 'branches' })
  if (transactionId !== undefined) {
    throw ontologyErrors('FDP_ONTOLOGY_UNSUPPORTED', {
      at: 'transactionId',
      what: 'transactions over several requests',
    })
  }
}

/** FDP_ONTOLOGY_ONTOLOGY for another ontology than the tenant's, by its own names or those that the settings add. */
export function checkOntology({ context, tenant, params }: Pick<OntologyCall, 'context' | 'tenant' | 'params'>): void {
  const { ontology } = params
  if (isOntology({ tenant: tenant.profile.id }, ontology)) return
  if (context.node.config.ontology.knownAs.includes(ontology)) return
  throw ontologyErrors('FDP_ONTOLOGY_ONTOLOGY', { ontology: printableName(ontology) })
}

function levelOf({ headers }: FastifyRequest): LoadDeps['level'] {
  const given = headers['fdp-level']
  if (given === undefined || given === 'identifiable' || given === 'pseudonymised') return given
  throw ontologyErrors('FDP_ONTOLOGY_REQUEST', { at: 'fdp-level', what: 'one of identifiable, pseudonymised' })
}

/** Percent-encoded, since a header holds no other letters than those of ASCII. */
function justificationOf({ headers }: FastifyRequest): string | undefined {
  const given = headers['fdp-justification']
  if (typeof given !== 'string') return undefined
  try {
    return decodeURIComponent(given)
  } catch {
    return given
  }
}
