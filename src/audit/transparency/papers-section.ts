import { type DpiaVersion, isAgreed, purposeAt } from '#governance'
import { canonicalJson, type Instant, type JsonObject } from '#kernel'
import { dayOf, rowsInWords } from './in-words.ts'
import type { PublicRecord } from './public-record.ts'

/* The papers that everything rests on, as registered. What officers typed goes through `plain`; who signed is not told. */

const byId = <T extends { readonly id: string }>(values: Iterable<T>): T[] =>
  [...values].sort((a, b) => (a.id < b.id ? -1 : 1))

export function organisationsSection({ state }: PublicRecord) {
  return byId(state.organisations.values()).map(({ id, name, sector, until, successor }) => ({
    ...{ id: id as string, name, sector, until, successor: successor as string | null },
    isController: id === state.controller,
  }))
}

export function purposesSection(record: PublicRecord, at: Instant) {
  return byId(record.state.purposes.values()).map((registered) => {
    const { id, name, article6, article9, product, instruments, reclassed } = registered
    const now = purposeAt(registered, at)
    return {
      ...{ id: id as string, name: record.plain(name), class: now.class, article6, article9, commonLaw: now.commonLaw },
      ...{ product, instruments: [...instruments] },
      reclassed: reclassed.map((change) => ({ ...change })),
    }
  })
}

export function instrumentsSection(record: PublicRecord, at: Instant) {
  const { plain } = bound(record)
  return byId(record.state.instruments.values()).map(({ id, kind, title, reference, conditions, from, until }) => ({
    ...{ id, kind, title: plain(title), reference: plain(reference), conditions: conditions.map(plain), from, until },
    inForce: from <= at && (until === null || at < until),
  }))
}

export function contractsSection(record: PublicRecord, at: Instant) {
  const { plain } = bound(record)
  return byId(record.state.contracts.values()).map((contract) => ({
    ...{ id: contract.id, title: plain(contract.title), controller: contract.controller as string | null },
    ...{ supplier: contract.supplier as string, subProcessors: contract.subProcessors.map(String) },
    instructions: contract.instructions.map(({ id, text, purposes }) => ({
      ...{ id, text: plain(text), purposes: purposes.map(String) },
    })),
    ...{ storage: plain(contract.storage), valuePounds: contract.valuePounds },
    ...{ from: contract.from, until: contract.until, inForce: contract.from <= at && at < contract.until },
    history: contract.history.map((change) => ({ ...change, reason: plain(change.reason) })),
  }))
}

export function agreementsSection(record: PublicRecord, at: Instant) {
  const { state } = record
  const all = [...state.agreements.values()]
    .flat()
    .sort((a, b) => (a.id < b.id ? -1 : a.id > b.id ? 1 : a.version - b.version))
  return all.map((agreement) => ({
    ...{ id: agreement.id, version: agreement.version, title: record.plain(agreement.title) },
    ...{ parties: agreement.parties.map(String), objects: [...agreement.objects], level: agreement.level },
    ...{ rows: rowsInWords(agreement.rows), reach: agreement.reach, gpData: agreement.gpData },
    ...{ from: agreement.from, until: agreement.until, endedAt: agreement.endedAt },
    signatures: agreement.signatures.map(({ party, at: on }) => ({ party: party as string, on: dayOf(on) })),
    inForce: isAgreed(state, agreement, at),
  }))
}

/** Every version, what it says in words and to the machine, and what it changed. */
export function dpiasSection(record: PublicRecord, at: Instant) {
  const all = [...record.state.dpias.values()].sort((a, b) => (a[0]!.id < b[0]!.id ? -1 : 1))
  return all.map((versions) => {
    const inForce = versions.findLast(({ effectiveFrom }) => effectiveFrom <= at)
    return {
      id: versions[0]!.id,
      inForce: inForce?.version ?? null,
      versions: versions.map((version, i) => dpiaVersion(record, version, versions[i - 1])),
    }
  })
}

function dpiaVersion(record: PublicRecord, version: DpiaVersion, before: DpiaVersion | undefined) {
  const { plain } = bound(record)
  const opinion = ({ at, says }: { at: string; says: string }) => ({ on: at.slice(0, 10), says: plain(says) })
  const { document } = version
  return {
    ...{ version: version.version, title: plain(version.title), sha256: version.sha256 },
    ...{ approvedAt: version.approvedAt, effectiveFrom: version.effectiveFrom },
    ...{ effectiveForCareFrom: version.effectiveForCareFrom, controller: version.controller as string | null },
    ...{ claims: version.claims, bounds: version.bounds },
    document: document && {
      necessity: plain(document.necessity),
      risks: document.risks.map(({ risk, measure, residual }) => ({
        risk: plain(risk),
        measure: plain(measure),
        residual,
      })),
      officerAdvice: opinion(document.officerAdvice),
      consulted: document.consulted.map(({ who, said }) => ({ who: plain(who), said: plain(said) })),
      priorConsultation: document.priorConsultation && {
        reference: plain(document.priorConsultation.reference),
        outcome: plain(document.priorConsultation.outcome),
      },
      guardianDecision: opinion(document.guardianDecision),
      riskOwnerDecision: opinion(document.riskOwnerDecision),
      nextReview: document.nextReview,
    },
    difference: before ? differenceOf(before, version) : null,
  }
}

/** Claims that came and went, and the parts that read otherwise than in the version before. */
function differenceOf(before: DpiaVersion, after: DpiaVersion) {
  const texts = (claims: DpiaVersion['claims']) => claims.map((claim) => canonicalJson(claim as unknown as JsonObject))
  const [old, now] = [texts(before.claims), texts(after.claims)]
  const changed = (a: unknown, b: unknown) => JSON.stringify(a) !== JSON.stringify(b)
  const keys = (a: object, b: object) => [...new Set([...Object.keys(a), ...Object.keys(b)])].sort()
  const differing = (a: object, b: object) =>
    keys(a, b).filter((key) => changed(Reflect.get(a, key), Reflect.get(b, key)))
  return {
    claimsAdded: after.claims.filter((_, i) => !old.includes(now[i]!)),
    claimsRemoved: before.claims.filter((_, i) => !now.includes(old[i]!)),
    bounds: differing(before.bounds, after.bounds),
    document: differing(before.document ?? {}, after.document ?? {}),
  }
}

function bound(record: PublicRecord) {
  return { plain: (text: string) => record.plain(text) }
}
