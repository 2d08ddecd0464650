import type { Json, JsonObject } from '#kernel'

/** An object type as a server describes it. */
export interface RemoteType {
  readonly apiName: string
  readonly primaryKey: string
  /** Data type by property: `string`, `integer`, `date`, `array`, … */
  readonly properties: Readonly<Record<string, string>>
}

export interface RemoteLink {
  readonly apiName: string
  /** The type at the other end. */
  readonly objectType: string
  readonly cardinality: 'ONE' | 'MANY'
}

/** As it is on the wire: `__primaryKey` and properties by name; a property without a value is absent. */
export type RemoteObject = Readonly<Record<string, Json>>

export interface RemotePage {
  readonly objects: readonly RemoteObject[]
  readonly nextPageToken: string | null
}

export interface PageAsked {
  readonly type: string
  /** API names; the primary key comes in any case, as `__primaryKey`. */
  readonly select: readonly string[]
  readonly pageSize: number
  /** Null begins anew, with the data as they are now. */
  readonly pageToken: string | null
}

/** Somebody else's server of the Ontology API v2: another node, or the platform that is to be left. */
export interface RemoteOntology {
  /** The address without credentials, for people and for the ledger. */
  readonly address: string
  readonly ontology: string
  objectTypes(): Promise<readonly RemoteType[]>
  outgoingLinks(type: string): Promise<readonly RemoteLink[]>
  /**
   * Objects in ascending order of the primary key (text by code points), one page of a snapshot.
   * FDP_REMOTE_PAGE_TOKEN: the token is no longer good, so the type has to be begun again.
   */
  page(asked: PageAsked): Promise<RemotePage>
  /** Pairs of primary keys that a link of a type joins, in no order. */
  linked(type: string, link: string): AsyncIterable<readonly { readonly from: Json; readonly to: Json }[]>
  /** What actions edited there and the sources do not have yet, where the server tells; null where it does not. */
  pendingEdits(): Promise<readonly JsonObject[] | null>
  /** How many objects, in all or by group: `data` of the answer as on the wire. */
  aggregate(objectSet: JsonObject, groupBy: readonly JsonObject[]): Promise<readonly JsonObject[]>
  /** Names of the queries, with the names of the parameters that each must be given. */
  queries(): Promise<readonly { readonly apiName: string; readonly required: readonly string[] }[]>
  execute(query: string, parameters: JsonObject): Promise<Json>
}

export interface RemoteAddress {
  /** What comes before `/api/v2`. */
  readonly baseUrl: string
  readonly ontology: string
  /** Bearer token; kept in memory alone. */
  readonly token: string
  /** A reason, for servers that ask for one at each read. */
  readonly justification?: string
  /** Told of each wait before a call is repeated. */
  waiting?(seconds: number): void
}

/**
 * Guarantees: the token goes to that address alone (no redirect is followed) and only over TLS, or on this machine; a
 * call is repeated after 429, 502, 503, 504 and lost connections, as late as Retry-After says, and given up after
 * `attemptsMax`; answers are bounded in size; no error holds a value, a token or the server's own words.
 * FDP_REMOTE_ADDRESS, FDP_REMOTE_UNREACHABLE, FDP_REMOTE_SIGN_IN, FDP_REMOTE_REFUSED, FDP_REMOTE_ANSWER.
 */
export type OpenRemoteOntology = (address: RemoteAddress) => RemoteOntology
