/** Where connections end. Units last. */
export const connectionLimits = {
  connectionsMax: 1_000,
  connectionsPerSubjectMax: 10,
  /** Messages of a client that wait for their turn: it sends one for each listener, and each names all of them. */
  messagesWaitingMax: 200,
  charactersWaitingMax: 16_000_000,
  /** Object sets of one message that count as one request of its sender. */
  setsPerRequest: 25,
  /** A client says all that it wants to hear of every 45 seconds; after three times of silence it is gone. */
  idleMsMax: 150_000,
  /** Between two looks at a connection: whether the peer answers, and who it was proved to be still holds. */
  lookMs: 30_000,
  /** Entries that come within it are told together. */
  gatherMs: 250,
  /** What waits to be read by a slow client; beyond, it is told to load again in place of every change. */
  bufferedBytesMax: 1_000_000,
  /** How long a client may take to read what waits. */
  slowMsMax: 60_000,
  slowLookMs: 1_000,
  /** Times that changed objects are read for one connection; beyond, its client is told to load again. */
  readsPerMinuteMax: 240,
  /** Connections that are told at the same time. */
  turnsMax: 2,
} as const
