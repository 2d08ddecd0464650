import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { makeFolder, writeDurably } from '#files'
import { flowLog } from '#flows'
import {
  canonicalJson,
  isFdpError,
  type JsonObject,
  parsePurposeId,
  parseSubjectId,
  readFormat,
  type SubjectId,
  sha256Hex,
} from '#kernel'
import { keptFold } from '#ledger'
import { type ColumnProfile, columnProfileFormat, makeProfile, profilePurpose } from '#metrics'
import { nodeErrors } from './errors.ts'
import type { Tenant } from './tenant.ts'

/** Who holds the grants for profiles: a service of the controller, registered and granted like anybody. */
export const profileService: SubjectId = parseSubjectId('column-profiles')

const publishedType = 'profile.published'

export interface PublishedProfile {
  readonly profile: ColumnProfile
  readonly sha256: string
  /** Of the `profile.published` entry. */
  readonly entry: number
}

interface Named {
  readonly sha256: string
  readonly lake: string
  readonly entry: number
}

/**
 * The latest profile of an object type, for whoever is registered and in post: it was released when it was made, so no
 * grant is asked for. Errors: FDP_NODE_NOT_REGISTERED, FDP_NODE_NO_PROFILE.
 */
export async function latestColumnProfile(tenant: Tenant, asker: SubjectId, object: string): Promise<PublishedProfile> {
  checkRegistered(tenant, asker)
  const found = await storedProfile(tenant, (await namedProfiles(tenant.ledger)).get(object))
  if (found === null) throw nodeErrors('FDP_NODE_NO_PROFILE')
  return found
}

/**
 * Makes and publishes the profile of the data in force, unless there is one of this very version. The read is the
 * service's, under its grant; `asker` only says who wanted it. The file is durable before the entry that names it.
 * Errors: FDP_NODE_NOT_REGISTERED, FDP_NODE_PROFILE_SERVICE, FDP_NODE_PROFILE_MOVED, FDP_METRICS_PROFILE_POLICY.
 */
export async function renewColumnProfile(tenant: Tenant, asker: SubjectId, object: string): Promise<PublishedProfile> {
  checkRegistered(tenant, asker)
  const catalogue = tenant.governance.catalogue()
  const lake = catalogue.lakeManifest(object)
  const before = (await namedProfiles(tenant.ledger)).get(object)
  if (before !== undefined && before.lake === lake) {
    const stored = await storedProfile(tenant, before)
    if (stored !== null) return stored
  }
  const inForce = catalogue.publications().filter((each) => each.object === object)
  const { outcomes } = await flowLog(tenant.ledger)
  const reports = inForce.flatMap(({ submission }) => outcomes.get(submission) ?? [])
  const profile = await made(tenant, object, { lake: lake ?? '', reports })
  await checkVersion(tenant, profile)
  return await publish(tenant, asker, profile)
}

async function made(
  tenant: Tenant,
  object: string,
  data: Pick<Parameters<typeof makeProfile>[0], 'lake' | 'reports'>,
): Promise<ColumnProfile> {
  const who = { subject: profileService, purpose: parsePurposeId(profilePurpose) }
  const about = { tenant: tenant.profile.id, object, madeAt: tenant.flows.clock.now() }
  try {
    await using session = await tenant.gate.open(who)
    return await makeProfile({ session, ...about, ...data })
  } catch (error) {
    if (isFdpError(error, 'FDP_GATE_NOT_AVAILABLE')) throw nodeErrors('FDP_NODE_PROFILE_SERVICE')
    throw error
  }
}

/** The gate reads the version in force at its own moment: rules and values must be of one and the same. */
async function checkVersion({ ledger }: Tenant, { release, lake }: ColumnProfile): Promise<void> {
  const made = await ledger.entry(release)
  const opened = await ledger.entry(Number(made.governance.of))
  const { rows } = opened.governance.relations as { readonly rows?: JsonObject }
  if (rows?.lake !== lake) throw nodeErrors('FDP_NODE_PROFILE_MOVED')
}

async function publish(tenant: Tenant, asker: SubjectId, profile: ColumnProfile): Promise<PublishedProfile> {
  const text = `${canonicalJson(profile)}\n`
  const sha256 = sha256Hex(text)
  await makeFolder(join(tenant.folder, 'profiles'))
  const path = pathOf(tenant, sha256)
  await writeDurably(path, `${path}.tmp`, Buffer.from(text))
  const { object, lake, release, policy } = profile
  const governance = { version: 1, by: profileService, asked: asker, object, sha256, lake, release, policy }
  const { index } = await tenant.ledger.append({ type: publishedType, governance })
  return { profile, sha256, entry: index }
}

/** Null where the file is not there or is not what the entry names. */
async function storedProfile(tenant: Tenant, named: Named | undefined): Promise<PublishedProfile | null> {
  if (named === undefined) return null
  const text = await readFile(pathOf(tenant, named.sha256), 'utf8').catch(() => null)
  if (text === null || sha256Hex(text) !== named.sha256) return null
  const profile = readFormat(columnProfileFormat, JSON.parse(text) as JsonObject)
  return { profile, sha256: named.sha256, entry: named.entry }
}

function pathOf(tenant: Tenant, sha256: string): string {
  return join(tenant.folder, 'profiles', `${sha256}.json`)
}

function checkRegistered(tenant: Tenant, asker: SubjectId): void {
  const now = tenant.flows.clock.now()
  const person = tenant.governance.state().persons.get(asker)
  const isInPost = person && person.from <= now && (person.until === null || now < person.until)
  if (!isInPost) throw nodeErrors('FDP_NODE_NOT_REGISTERED', { tenant: tenant.profile.id })
}

/** The latest profile that an entry names, by object type. */
const namedProfiles = keptFold(
  () => new Map<string, Named>(),
  (latest, { index, type, governance }) => {
    if (type !== publishedType) return
    const { object, sha256, lake } = governance as { object: string; sha256: string; lake: string }
    latest.set(object, { sha256, lake, entry: index })
  },
)
