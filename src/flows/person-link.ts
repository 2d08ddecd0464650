import { type EntryIndex, type JsonObject, type OdsCode, type PurposeId, type SubjectId, sql, toHex } from '#kernel'
import type { Engine } from '#ports'
import { checkAllowed } from './allowed.ts'
import { fail } from './errors.ts'
import { movePersons } from './move-persons.ts'
import { matchListsAgain, writeLists } from './opt-out-persons.ts'
import { identityColumns } from './person-rule.ts'
import { queueOf } from './queue.ts'
import { identitySplit, writeSegment } from './split.ts'
import { storing } from './stores.ts'
import type { FlowDeps } from './submission.ts'
import { loadFromVault } from './vault-blocks.ts'

export interface PersonLink {
  readonly controller: OdsCode
  /** The controller's local id of the patient, as its Patient rows have it. */
  readonly patientId: string
  /** Why, in words; kept in the erasable part of the entry. */
  readonly reason: string
  readonly subject: SubjectId
  readonly purpose: PurposeId
}

export interface PersonLinkReport {
  /** Index of the `person.split` or `person.joined` entry. */
  readonly entry: EntryIndex
  /** Object types of which a new version was published with it. */
  readonly objects: readonly string[]
}

const engineDefault = { memoryLimitMb: 8_192, threads: 2 }

/**
 * Undoes the rule that made this patient one person with others: a new person key of its own, told to stay apart by
 * later submissions, in all rows of the patient, in one ledger entry.
 * Errors: FDP_FLOWS_NOT_ALLOWED, FDP_FLOWS_NO_PERSON, FDP_FLOWS_STORE_FAILED.
 */
export async function undoPersonLink(link: PersonLink, deps: FlowDeps): Promise<PersonLinkReport> {
  return await queueOf(deps.ledger).run(() => move(link, deps, 'person.split'))
}

/** Undoes the undoing: the patient is again whoever the rule says, by its verified NHS number if it has one. */
export async function redoPersonLink(link: PersonLink, deps: FlowDeps): Promise<PersonLinkReport> {
  return await queueOf(deps.ledger).run(() => move(link, deps, 'person.joined'))
}

async function move(
  link: PersonLink,
  deps: FlowDeps,
  type: 'person.split' | 'person.joined',
): Promise<PersonLinkReport> {
  const { controller, subject, purpose } = link
  await checkAllowed({ object: 'Patient', controller, subject, purpose }, deps)
  const manifest = deps.governance.catalogue().vaultManifest()
  if (manifest === null) throw fail('FDP_FLOWS_NO_PERSON')
  const asked = { type: 'person.move-asked', governance: { version: 1, by: subject, purpose, controller, move: type } }
  const detail = { reason: link.reason.slice(0, 2_000) }
  const { index: entry } = await storing('ledger', 'decide', () => deps.ledger.append({ ...asked, detail }))
  const engine = await deps.openEngine({ ...engineDefault, ...deps.engine, tempDirectory: null })
  try {
    await loadIdentity(deps, engine, manifest, entry)
    const moved = await decideMove(deps, engine, link, type)
    const lakes = await movePersons(deps, engine, { controller, entry, except: [] })
    await matchListsAgain(deps, engine, entry, sql`identity`)
    lakes.push(...(await writeLists(deps, engine, entry)))
    const vault = await writeVault(deps, engine, controller, manifest)
    const governance = { version: 1, by: subject, purpose, controller, lakes, vault, replaces: { vault: manifest } }
    const receipt = await storing('ledger', 'publish', () =>
      deps.ledger.append({ type, governance: governance as unknown as JsonObject, detail: { ...moved, asked: entry } }),
    )
    return { entry: receipt.index, objects: lakes.map(({ object }) => object) }
  } finally {
    await engine.close()
  }
}

async function loadIdentity(deps: FlowDeps, engine: Engine, manifest: string, entry: EntryIndex): Promise<void> {
  await using lease = await deps.vault.lease(manifest, entry)
  await loadFromVault(engine, lease, { table: 'identity', columns: identityColumns }, 'identity')
}

/** Makes `moved` (patient_key, person_key) and changes the row in `identity`. Returns record keys for the entry. */
async function decideMove(deps: FlowDeps, engine: Engine, link: PersonLink, type: string): Promise<JsonObject> {
  const mine = sql`controller = ${link.controller} AND local_id = ${link.patientId}`
  const fresh = (BigInt(`0x${toHex(deps.random.bytes(8))}`) >> 1n) | 1n
  const person =
    type === 'person.split'
      ? sql`${fresh}::BIGINT`
      : sql`coalesce((SELECT min(o.person_key) FROM identity o
          WHERE o.nhs_number = i.nhs_number AND o.apart = 0), i.person_key)`
  await engine.execute(sql`CREATE OR REPLACE TABLE moved AS
    SELECT patient_key, ${person} AS person_key, i.person_key AS before FROM identity i WHERE ${mine}`)
  const [row] = await engine.rows(sql`SELECT patient_key::VARCHAR AS patient, before::VARCHAR AS "from",
    person_key::VARCHAR AS "to", (SELECT count(*) FROM identity WHERE person_key = ${fresh}) AS taken FROM moved`)
  if (!row) throw fail('FDP_FLOWS_NO_PERSON')
  if (Number(row.taken) > 0) throw new Error('random person keys repeat: the source of randomness is broken')
  const apart = type === 'person.split' ? 1n : 0n
  await engine.execute(
    sql`UPDATE identity AS i SET person_key = (SELECT person_key FROM moved), apart = ${apart} WHERE ${mine}`,
  )
  return { patient: String(row.patient), from: String(row.from), to: String(row.to) }
}

async function writeVault(deps: FlowDeps, engine: Engine, controller: OdsCode, manifest: string): Promise<string> {
  const { segments } = await deps.vault.version(manifest)
  const kept = segments.filter((segment) => !(segment.table === 'identity' && segment.controller === controller))
  await engine.execute(
    sql`CREATE OR REPLACE TABLE identity_rows AS SELECT * FROM identity WHERE controller = ${controller}`,
  )
  const segment = await writeSegment(
    { deps, engine, received: { controller } },
    'identity',
    'identity_rows',
    identitySplit,
  )
  return (await storing('vault', 'seal', () => deps.vault.seal([...kept, segment]))).manifestSha256
}
