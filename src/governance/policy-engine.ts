import { createRequire } from 'node:module'
import type * as Cedar from '@cedar-policy/cedar-wasm/nodejs'
import { sha256Hex } from '#kernel'
import { fail } from './errors.ts'
import type { PolicyFiles } from './policy-files.ts'

/** One policy as people read it. */
export interface PolicyText {
  readonly id: string
  readonly effect: 'permit' | 'forbid'
  readonly says: string
  /** What to do about it; empty on permits. */
  readonly help: string
}

export type CedarRequest = Pick<
  Cedar.StatefulAuthorizationCall,
  'principal' | 'action' | 'resource' | 'context' | 'entities'
>

export interface PolicyAnswer {
  readonly allowed: boolean
  /** The policies that decided: permits if allowed, the forbids that applied if not; empty where nothing permitted. */
  readonly policies: readonly PolicyText[]
}

/** The access policies, parsed and validated once. */
export interface PolicyEngine {
  readonly policies: readonly PolicyText[]
  /** Every text that a policy mentions, and more: see request-shape.ts. */
  readonly literals: ReadonlySet<string>
  /** SHA-256 of schema and policies, for the ledger: which rules a decision was made by. */
  readonly sha256: string
  /** One question to Cedar. A policy that cannot be evaluated counts as a refusal, never as absent. */
  ask(request: CedarRequest): PolicyAnswer
}

/** Stands in the answer for a policy that Cedar could not evaluate. */
const brokenPolicy: PolicyText = {
  id: 'policy-error',
  effect: 'forbid',
  says: 'a policy could not be evaluated',
  help: 'tell whoever runs the platform; nothing is allowed until it is corrected',
}

/**
 * Parses the policies, validates them against the schema and holds them to the house rules: each has @id and @says, a
 * forbid has @help, and none looks inside a number or a text: so two requests of the same shape (request-shape.ts) have
 * the same answer.
 * Throws FDP_GOVERNANCE_POLICY_INVALID with the policy and what is wrong.
 */
export async function openPolicyEngine(files: PolicyFiles): Promise<PolicyEngine> {
  const sha256 = sha256Hex(JSON.stringify([files.schema, files.policies]))
  const known = parsedLately.get(sha256)
  if (known) return known
  const engine = parsedEngine(files, sha256)
  if (parsedLately.size >= parsedMax) parsedLately.clear()
  parsedLately.set(sha256, engine)
  return engine
}

/** Parsing takes longer than anything else in opening a node, and the same files always give the same engine. */
const parsedLately = new Map<string, PolicyEngine>()
const parsedMax = 4

function parsedEngine(files: PolicyFiles, sha256: string): PolicyEngine {
  const cedar = createRequire(import.meta.url)('@cedar-policy/cedar-wasm/nodejs') as typeof Cedar
  const texts = splitPolicies(cedar, files.policies)
  const parsedTexts = texts.map((text) => jsonOf(cedar, text))
  const policies = parsedTexts.map((each, i) => readPolicy(each, texts[i]!))
  const byId = Object.fromEntries(policies.map((policy, i) => [policy.id, texts[i]!]))
  if (Object.keys(byId).length !== policies.length) throw invalid('all', 'two policies have the same @id')
  const answer = cedar.validate({ schema: files.schema, policies: { staticPolicies: byId } })
  if (answer.type === 'failure') throw invalid('all', answer.errors[0]?.message ?? 'not readable')
  const problem = answer.validationErrors[0] ?? answer.validationWarnings[0]
  if (problem) throw invalid(problem.policyId, problem.error.message)
  const parsed = cedar.preparsePolicySet(sha256, { staticPolicies: byId })
  if (parsed.type === 'failure') throw invalid('all', parsed.errors[0]?.message ?? 'not readable')
  const named = new Map(policies.map((policy) => [policy.id, policy]))
  const literals = textsIn(parsedTexts)
  return { policies, sha256, literals, ask: (request) => ask(cedar, sha256, named, request) }
}

function ask(
  cedar: typeof Cedar,
  preparsedPolicySetId: string,
  named: ReadonlyMap<string, PolicyText>,
  request: CedarRequest,
): PolicyAnswer {
  const answer = cedar.statefulIsAuthorized({ ...request, preparsedPolicySetId, validateRequest: false })
  if (answer.type === 'failure') throw new Error('the policy engine could not read its own request')
  const { decision, diagnostics } = answer.response
  if (diagnostics.errors.length > 0) return { allowed: false, policies: [brokenPolicy] }
  return {
    allowed: decision === 'allow',
    policies: diagnostics.reason.map((id) => named.get(id)!).sort(byFileOrder(named)),
  }
}

function byFileOrder(named: ReadonlyMap<string, PolicyText>): (a: PolicyText, b: PolicyText) => number {
  const order = [...named.values()]
  return (a, b) => order.indexOf(a) - order.indexOf(b)
}

function splitPolicies(cedar: typeof Cedar, text: string): readonly string[] {
  const parts = cedar.policySetTextToParts(text)
  if (parts.type === 'failure') throw invalid('all', parts.errors[0]?.message ?? 'not readable')
  if (parts.policy_templates.length > 0) throw invalid('all', 'templates are not used here')
  // Cedar gives them in an order of its own; people read them, and their reasons, in the order of the file.
  return [...parts.policies].sort((a, b) => text.indexOf(a) - text.indexOf(b))
}

function readPolicy({ annotations, effect, conditions }: Cedar.PolicyJson, text: string): PolicyText {
  const { id, says, help = '' } = annotations ?? {}
  if (!id || !says) throw invalid(id ?? text.slice(0, 60), 'it has no @id or no @says')
  if (effect === 'forbid' && !help) throw invalid(id, 'a forbid needs @help')
  if (looksInside(conditions))
    throw invalid(
      id,
      'a policy compares whole numbers and texts: it does not calculate, match patterns or name a number',
    )
  return { id, effect, says, help }
}

function jsonOf(cedar: typeof Cedar, text: string): Cedar.PolicyJson {
  const answer = cedar.policyToJson(text)
  if (answer.type === 'failure') throw invalid('all', answer.errors[0]?.message ?? 'not readable')
  return answer.json
}

/** Ways of Cedar to look inside a number or a text instead of comparing it whole. */
const lookingInside = new Set(['+', '-', '*', 'neg', 'like'])

function looksInside(node: unknown): boolean {
  if (typeof node === 'number') return true
  if (typeof node !== 'object' || node === null) return false
  return Object.entries(node).some(([key, value]) => lookingInside.has(key) || looksInside(value))
}

function textsIn(node: unknown, into: Set<string> = new Set()): ReadonlySet<string> {
  if (typeof node === 'string') into.add(node)
  else if (typeof node === 'object' && node !== null) for (const value of Object.values(node)) textsIn(value, into)
  return into
}

function invalid(policy: string, problem: string) {
  return fail('FDP_GOVERNANCE_POLICY_INVALID', { policy, problem })
}
