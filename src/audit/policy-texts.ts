import { openPolicyEngine, type PolicyEngine, type PolicyFiles } from '#governance'
import { sha256Hex } from '#kernel'
import type { Ledger, LedgerEntry } from '#ledger'
import { auditErrors } from './errors.ts'
import { parseAuditEvent } from './events.ts'
import { recordAudit } from './sign.ts'

/** Policies are ASCII but for a few characters, with an escape for each line and quotation mark: a part fits an entry. */
const partCharacters = 40_000

/** What the ledger says of the policies by which reads were decided. */
export class PolicyTexts {
  readonly #parts = new Map<string, { parts: number; texts: Map<number, string>; entry: number }>()
  readonly #engines = new Map<string, PolicyEngine>()
  /** SHA-256 of the set that decides from the last such entry on; null before the first. */
  inForce: string | null = null

  /** Takes an entry in; entries of other types change nothing. */
  take(entry: LedgerEntry): void {
    const event = parseAuditEvent(entry)
    if (event?.type === 'audit.policies-in-force') this.inForce = event.body.sha256
    if (event?.type !== 'audit.policies-text') return
    const { sha256, part, parts, text } = event.body
    const known = this.#parts.get(sha256) ?? { parts, texts: new Map(), entry: entry.index }
    // The first text of a place stays: what was recorded cannot be recorded otherwise later.
    if (!known.texts.has(part)) known.texts.set(part, text)
    this.#parts.set(sha256, known)
  }

  has(sha256: string): boolean {
    const known = this.#parts.get(sha256)
    return known !== undefined && known.texts.size === known.parts
  }

  /** The policies of a hash, from the ledger alone; null where it does not hold them. FDP_AUDIT_POLICY_TEXT. */
  async engine(sha256: string): Promise<PolicyEngine | null> {
    const open = this.#engines.get(sha256)
    if (open) return open
    if (!this.has(sha256)) return null
    const { parts, texts, entry } = this.#parts.get(sha256)!
    const document = Array.from({ length: parts }, (_, i) => texts.get(i + 1) ?? '').join('')
    if (sha256Hex(document) !== sha256) throw auditErrors('FDP_AUDIT_POLICY_TEXT', { sha256, index: entry })
    const [schema, policies] = JSON.parse(document) as [string, string]
    const engine = await openPolicyEngine({ schema, policies })
    if (engine.sha256 !== sha256) throw auditErrors('FDP_AUDIT_POLICY_TEXT', { sha256, index: entry })
    this.#engines.set(sha256, engine)
    return engine
  }
}

/**
 * Writes the text of the policies into the ledger, once for each set, and that they are in force, whenever they were not
 * before: so that an auditor decides old reads by the old text, from the ledger alone.
 */
export async function recordPolicies(
  ledger: Pick<Ledger, 'append' | 'entries'>,
  files: PolicyFiles,
  engine: Pick<PolicyEngine, 'sha256'>,
): Promise<void> {
  const texts = new PolicyTexts()
  for await (const entry of ledger.entries()) texts.take(entry)
  const { sha256 } = engine
  if (texts.inForce === sha256) return
  const document = JSON.stringify([files.schema, files.policies])
  if (sha256Hex(document) !== sha256) throw new Error('policies were opened from another text than the one to record')
  const parts = Math.ceil(document.length / partCharacters)
  for (let part = 1; part <= parts && !texts.has(sha256); part++) {
    const text = document.slice((part - 1) * partCharacters, part * partCharacters)
    await recordAudit(ledger, 'audit.policies-text', { sha256, part, parts, text })
  }
  await recordAudit(ledger, 'audit.policies-in-force', { sha256 })
}
