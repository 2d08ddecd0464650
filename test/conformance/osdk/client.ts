import { createClient } from '@osdk/client'
import type { Where } from './holds.ts'
import type { Plain } from './typed-rows.ts'

/*
 * The real client. Its types are made by a generator for one application's ontology; here one suite speaks of all types,
 * so that they are said again loosely.
 */

export interface Loaded {
  readonly $apiName: string
  readonly $primaryKey: string
  readonly $title?: string
  readonly $rid?: string
  readonly $link: Readonly<Record<string, AnySet & { fetchOne(): Promise<Loaded> }>>
  readonly [property: string]: unknown
}

export interface Page {
  readonly data: readonly Loaded[]
  readonly nextPageToken?: string
  readonly totalCount: string
}

export interface Args {
  readonly $select?: readonly string[]
  readonly $orderBy?: Readonly<Record<string, 'asc' | 'desc'>>
  readonly $pageSize?: number
  readonly $nextPageToken?: string | undefined
  readonly $includeRid?: boolean
}

export interface Figures {
  readonly $group?: Readonly<Record<string, unknown>>
  readonly $count?: number
  readonly [property: string]: unknown
}

export interface AnySet {
  fetchPage(args?: Args): Promise<Page>
  fetchPageWithErrors(args?: Args): Promise<{ readonly value?: Page; readonly error?: Error }>
  fetchOne(key: string, args?: Args): Promise<Loaded>
  asyncIter(args?: Args): AsyncIterable<Loaded>
  where(clause: Where): AnySet
  pivotTo(link: string): AnySet
  union(...sets: AnySet[]): AnySet
  intersect(...sets: AnySet[]): AnySet
  subtract(...sets: AnySet[]): AnySet
  narrowToType(type: Definition): AnySet
  withProperties(clause: Readonly<Record<string, (base: Builder) => Derived>>): AnySet
  aggregate(of: {
    readonly $select: Readonly<Record<string, 'asc' | 'desc' | 'unordered'>>
    readonly $groupBy?: Readonly<Record<string, unknown>>
  }): Promise<Figures & readonly Figures[]>
  experimental_asyncIterLinks(links: readonly string[]): AsyncIterable<BulkLink>
  subscribe(
    listener: Listener,
    options?: { properties?: readonly string[]; includeRid?: boolean },
  ): { unsubscribe(): Promise<void> }
}

export interface BulkLink {
  readonly source: { readonly $apiName: string; readonly $primaryKey: string }
  readonly target: { readonly $apiName: string; readonly $primaryKey: string }
  readonly linkType: string
}

export interface Listener {
  onChange?(change: { readonly object: Loaded; readonly state: 'ADDED_OR_UPDATED' | 'REMOVED' }): void
  onSuccessfulSubscription?(): void
  onOutOfDate?(): void
  onError?(error: { readonly subscriptionClosed: boolean; readonly error: unknown }): void
}

/** Inside `withProperties`. */
export interface Builder {
  pivotTo(link: string): Builder
  where(clause: Where): Builder
  aggregate(what: string, options?: { readonly limit?: number; readonly percentile?: number }): Derived
  selectProperty(name: string): Derived
}

export interface Derived {
  add(other: Derived): Derived
  subtract(other: Derived): Derived
  multiply(other: Derived): Derived
  divide(other: Derived): Derived
  max(other: Derived): Derived
  min(other: Derived): Derived
  abs(): Derived
  negate(): Derived
  extractPart(part: 'DAYS' | 'MONTHS' | 'QUARTERS' | 'YEARS'): Derived
}

export interface Definition {
  readonly type: 'object'
  readonly apiName: string
}

export interface AnyAction {
  applyAction(parameters: object, options?: object): Promise<unknown>
  batchApplyAction(parameters: readonly object[], options?: object): Promise<unknown>
}

export interface Application {
  (type: Definition): AnySet
  readonly action: (name: string) => AnyAction
  readonly query: (name: string) => { executeFunction(parameters?: object): Promise<unknown> }
  readonly metadata: (definition: {
    readonly type: string
    readonly apiName: string
  }) => Promise<Record<string, unknown>>
  /** The client itself, for what stands beside it. */
  readonly client: ReturnType<typeof createClient>
}

export const object = (apiName: string): Definition => ({ type: 'object', apiName })

/** An application of one caller; `url` is the node's, `more` are headers of every request. */
export async function openApplication(
  url: string,
  tenant: string,
  token: () => Promise<string>,
  more: Readonly<Record<string, string>> = {},
): Promise<Application> {
  const base = `${url}/tenants/${tenant}`
  const headers = { authorization: `Bearer ${await token()}` }
  const reply = await fetch(`${base}/api/v2/ontologies`, { headers })
  if (!reply.ok) throw new Error(`no ontologies: ${reply.status}`)
  const { data } = (await reply.json()) as { data: { rid: string }[] }
  const client = createClient(base, data[0]!.rid, token, { headers: more })
  const call = client as unknown as (definition: object) => never
  return Object.assign((type: Definition) => call(type) as AnySet, {
    client,
    action: (apiName: string) => call({ type: 'action', apiName }) as AnyAction,
    query: (apiName: string) => call({ type: 'query', apiName }) as { executeFunction(): Promise<unknown> },
    metadata: (definition: object) => client.fetchMetadata(definition as never) as Promise<Record<string, unknown>>,
  })
}

export async function all(set: AnySet, args: Args = {}): Promise<Loaded[]> {
  const found: Loaded[] = []
  for await (const each of set.asyncIter(args)) found.push(each)
  return found
}

/** Primary keys of what a set holds, sorted. */
export async function keysOf(set: AnySet, primaryKey: string): Promise<string[]> {
  return (await all(set, { $select: [primaryKey] })).map(({ $primaryKey }) => $primaryKey).toSorted()
}

/** The properties of a loaded object, without what the client adds. */
export function properties(loaded: Loaded): Plain {
  return Object.fromEntries(Object.entries(loaded).filter(([name]) => !name.startsWith('$'))) as Plain
}

export interface ApiError {
  readonly errorName: string
  readonly errorCode: string
  readonly statusCode: number
  readonly errorInstanceId: string
  readonly parameters: Readonly<Record<string, unknown>>
}

/** The error of a call that must fail. */
export async function refusedWith(call: () => Promise<unknown>): Promise<ApiError> {
  try {
    await call()
  } catch (error) {
    return error as unknown as ApiError
  }
  throw new Error('it was answered')
}
