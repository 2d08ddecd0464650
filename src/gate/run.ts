import { type ObjectType, objectType } from '#contracts'
import {
  dateOf,
  type EntryIndex,
  type JsonObject,
  joinSql,
  type PurposeId,
  type Sql,
  type SubjectId,
  sql,
} from '#kernel'
import type { Engine, Result } from '#ports'
import { type ListFiles, type OptOutScheme, saidNoSql } from '#privacy'
import type { Decided, Granted } from './decided.ts'
import type { GateDeps } from './deps.ts'
import type { EditsPlan, EditTables } from './edit-tables.ts'
import { careFiles, countExcluded, type ExcludedCounts, everyListApplies, remembered, sortFiles } from './excluded.ts'
import type { IdentityRoom } from './identity-room.ts'
import { inOrder } from './in-order.ts'
import { onlySql } from './only.ts'
import type { OptOuts } from './opt-outs.ts'
import { type Inside, type RelationPlan, tokenTypes, vaultColumns } from './relation-plan.ts'
import { relationSql } from './relation-sql.ts'
import type { Pages, Question, RelationRequest } from './session.ts'
import type { SortedCopies } from './sorted-copies.ts'
import type { TokenFunctions } from './token-functions.ts'
import { viewSql } from './view-sql.ts'

/** What the gate keeps between reads: engines and functions, never a decision. */
export interface Rooms {
  readonly lakeEngine: () => Promise<Engine>
  readonly identity: IdentityRoom
  readonly tokens: TokenFunctions
  readonly editTables: EditTables
  /** Null where none are kept. */
  readonly sortedCopies: SortedCopies | null
  /** One edit after the other. */
  readonly editing: <T>(work: () => Promise<T>) => Promise<T>
}

/** What the ledger says about every relation of a read; facts of governance, no values. */
export function relationFacts(decided: Decided): JsonObject {
  return Object.fromEntries(
    (Object.entries(decided.relations) as [string, Granted][]).map(
      ([name, { request, columns, decision, lakeManifest, optOuts }]) => [
        name,
        {
          object: request.object,
          columns: [...columns],
          level: decision.level,
          grant: decision.grant,
          dpia: { ...decision.dpia },
          policies: decision.basis.policiesSha256,
          lake: lakeManifest,
          ...(optOuts ? { optOuts: optOutFacts(optOuts) } : {}),
        },
      ],
    ),
  )
}

export interface Running extends AsyncDisposable {
  readonly result: Result
  /** By relation, where a list took rows out. */
  readonly excluded: Readonly<Record<string, ExcludedCounts>>
}

/**
 * Takes leases for the entry, builds each relation and starts the one statement. Disposing frees the result and then
 * the leases; the files stay protected until then.
 */
export async function run<R extends string>(
  deps: GateDeps,
  rooms: Rooms,
  { subject, purpose }: { readonly subject: SubjectId; readonly purpose: PurposeId },
  question: Question<R> & { readonly person?: R | null },
  decided: Decided<R>,
  entry: EntryIndex,
  identifiable: boolean,
  inside?: Readonly<Record<string, Inside>>,
): Promise<Running> {
  await using held = new AsyncDisposableStack()
  const engine = identifiable ? await rooms.identity.enter() : await rooms.lakeEngine()
  if (identifiable) held.defer(() => rooms.identity.leave())
  const relations = {} as Record<R, Sql>
  const plans = {} as Record<R, RelationPlan>
  const excludedCounts: Record<string, ExcludedCounts> = {}
  for (const name of Object.keys(decided.relations) as R[]) {
    const { request, columns, decision, lakeManifest, optOuts } = decided.relations[name]
    const type = objectType(request.object)
    // A type that nobody published has the records that actions made.
    const lease = lakeManifest === null ? { files: [] } : held.use(await deps.lake.lease(lakeManifest, entry))
    const within = inside?.[name] ?? null
    const secret = vaultColumns(type, [...new Set([...columns, ...(within?.exact ?? [])])], decision.level)
    const asRows = question.person === name
    const lists = await leaseLists(deps, held, optOuts, entry)
    const leftOut =
      optOuts &&
      (await leaveOut(deps, engine, decided, { lake: lakeManifest ?? '', files: lease.files, lists, optOuts }))
    if (leftOut) excludedCounts[name] = leftOut.counts
    const { files, excluded } = leftOut ?? { files: lease.files, excluded: null }
    const only = await onlySql(deps, type, decision.rows)
    const own = decision.level === 'aggregate' ? null : await ownSql(deps, type, subject)
    const theirs = request.controller === undefined ? null : sql`lake."_controller" = ${request.controller}`
    const where = [only, own, theirs].filter((each) => each !== null)
    const { joins = [], rid = false, whose = false, persons = false } = request
    const edits = await editsOf(deps, rooms, engine, type, question, entry, identifiable)
    const given = {
      ...{ type, columns, level: decision.level, rows: decision.rows, files, asRows, excluded, where },
      ...{ joins, rid, whose, persons, inside: within, edits, sorted: null, sortedBy: sortedBy(request, columns) },
    }
    const tokenFunction = await rooms.tokens.names(engine, purpose, tokenTypes(given))
    // Made by the engine of the lake: the other one goes with the last session that looks at identities.
    const maker = async () => {
      const lake = await rooms.lakeEngine()
      await rooms.tokens.names(lake, purpose, tokenTypes(given))
      return lake
    }
    const copies = asRows ? ((await rooms.sortedCopies?.of({ ...given, tokenFunction }, maker)) ?? null) : null
    if (copies) held.use(copies)
    const plan: RelationPlan = {
      ...{ ...given, tokenFunction },
      sorted: copies?.sorted ?? null,
      vaultTable:
        secret.length === 0 || (decided.vault === null && lakeManifest === null)
          ? null
          : await openVault(deps, rooms, held, type.name, secret, entry, decided.vault),
    }
    plans[name] = plan
    relations[name] = relationSql(plan)
  }
  await question.attach?.(engine)
  const open = rooms.tokens.opener(purpose)
  const pages: Pages<R> = {
    view: (name, view) => viewSql(plans[name], view),
    inOrder: (name, place) => inOrder(plans[name], place),
  }
  const result = held.use(await engine.query(question.build(relations, open, pages)))
  const keep = held.move()
  return { result, excluded: excludedCounts, [Symbol.asyncDispose]: () => keep.disposeAsync() }
}

function sortedBy({ sortedBy: by }: RelationRequest, columns: readonly string[]): string | null {
  return by === '_order' || (by !== undefined && columns.includes(by)) ? by : null
}

/** The edits as of the entry that the question names, or of the read's own. */
async function editsOf(
  deps: GateDeps,
  rooms: Rooms,
  engine: Engine,
  type: ObjectType,
  { asOf, edits = 'shown' }: Pick<Question, 'asOf' | 'edits'>,
  entry: EntryIndex,
  identity: boolean,
): Promise<EditsPlan | null> {
  const overlay = deps.edits?.overlay(type.name, asOf ?? entry, edits)
  if (!overlay) return null
  const published = deps.governance.catalogue().publications()
  const asAt = published.findLast(({ object }) => object === type.name)?.asAt ?? dateOf(deps.clock.now())
  return rooms.editTables.plan(engine, type, overlay, { identity, asAt })
}

/** Which files may have rows of people who said no, and how many people that are; null where no list takes anybody out. */
async function leaveOut(
  deps: GateDeps,
  engine: Engine,
  { catalogue }: Decided,
  of: { lake: string; files: readonly string[]; lists: ListFiles; optOuts: OptOuts },
) {
  const persons = saidNoSql(of.lists, careFiles)
  if (!persons) return null
  const known = remembered(deps.lake)
  const files = await sortFiles(engine, known, of.files, catalogue)
  const lists = { manifests: of.optOuts.lists, files: of.lists }
  const counts = await countExcluded(engine, known, { manifest: of.lake, files }, lists)
  const among = everyListApplies(of.lists, catalogue) ? files.mixed : [...files.listed, ...files.mixed]
  return { files: files.clear, excluded: { persons, among }, counts }
}

/** Nobody looks at their own record as staff. */
async function ownSql(deps: GateDeps, type: ObjectType, subject: SubjectId): Promise<Sql | null> {
  if (!type.personLevel) return null
  const own = (await deps.staffPersons?.())?.get(subject) ?? []
  if (own.length === 0) return null
  return joinSql(
    own.map((key) => sql`lake."_person" IS DISTINCT FROM ${BigInt(key)}`),
    ' AND ',
  )
}

function optOutFacts({ rulings, lists }: OptOuts): JsonObject {
  const said = Object.entries(rulings).map(([scheme, { outcome, reason }]) => [scheme, { ruling: outcome, reason }])
  return { ...Object.fromEntries(said), lists: { ...lists } }
}

async function leaseLists(
  deps: GateDeps,
  held: AsyncDisposableStack,
  optOuts: OptOuts | null,
  entry: EntryIndex,
): Promise<ListFiles> {
  const files: Partial<Record<OptOutScheme, readonly string[]>> = {}
  for (const [scheme, manifest] of Object.entries(optOuts?.lists ?? {}) as [OptOutScheme, string][]) {
    files[scheme] = held.use(await deps.lake.lease(manifest, entry)).files
  }
  return files
}

async function openVault(
  deps: GateDeps,
  rooms: Rooms,
  held: AsyncDisposableStack,
  object: string,
  columns: readonly string[],
  entry: EntryIndex,
  manifest: string | null,
): Promise<string> {
  if (manifest === null) throw new Error('data were published without a vault version')
  const lease = held.use(await deps.vault.lease(manifest, entry))
  return rooms.identity.table(lease, object, columns)
}
