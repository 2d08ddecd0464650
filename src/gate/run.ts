import { objectType } from '#contracts'
import type { EntryIndex, JsonObject, PurposeId, Sql } from '#kernel'
import type { Engine, Result } from '#ports'
import type { OptOutScheme } from '#privacy'
import type { Decided, Granted } from './decided.ts'
import type { GateDeps } from './deps.ts'
import type { IdentityRoom } from './identity-room.ts'
import { excludedSql, type ListFiles, type OptOuts } from './opt-outs.ts'
import { relationSql, tokenTypes, vaultColumns } from './relation-sql.ts'
import type { Question } from './session.ts'
import type { TokenFunctions } from './token-functions.ts'

/** What the gate keeps between reads: engines and functions, never a decision. */
export interface Rooms {
  readonly lakeEngine: () => Promise<Engine>
  readonly identity: IdentityRoom
  readonly tokens: TokenFunctions
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
}

/**
 * Takes leases for the entry, builds each relation and starts the one statement. Disposing frees the result and then
 * the leases; the files stay protected until then.
 */
export async function run<R extends string>(
  deps: GateDeps,
  rooms: Rooms,
  purpose: PurposeId,
  question: Question<R> & { readonly person?: R | null },
  decided: Decided<R>,
  entry: EntryIndex,
  identifiable: boolean,
): Promise<Running> {
  await using held = new AsyncDisposableStack()
  const engine = identifiable ? await rooms.identity.enter() : await rooms.lakeEngine()
  if (identifiable) held.defer(() => rooms.identity.leave())
  const relations = {} as Record<R, Sql>
  for (const name of Object.keys(decided.relations) as R[]) {
    const { request, columns, decision, lakeManifest, optOuts } = decided.relations[name]
    const type = objectType(request.object)
    const lease = held.use(await deps.lake.lease(lakeManifest, entry))
    const secret = vaultColumns(type, columns, decision.level)
    const asRows = question.person === name
    const excluded = excludedSql(await leaseLists(deps, held, optOuts, entry))
    const plan = { type, columns, level: decision.level, rows: decision.rows, files: lease.files, asRows, excluded }
    relations[name] = relationSql({
      ...plan,
      tokenFunction: await rooms.tokens.names(engine, purpose, tokenTypes(plan)),
      vaultTable:
        secret.length === 0
          ? null
          : await openVault(deps, rooms, held, type.name, secret, entry, decided.catalogue.vaultManifest()),
    })
  }
  await question.attach?.(engine)
  const result = held.use(await engine.query(question.build(relations)))
  const keep = held.move()
  return { result, [Symbol.asyncDispose]: () => keep.disposeAsync() }
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
