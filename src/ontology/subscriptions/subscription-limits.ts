/** Where subscriptions end. Units last. */
export const subscriptionLimits = {
  /** One message of a client, which names all that it wants to hear of. */
  messageBytesMax: 1_000_000,
  /** Object sets that one connection watches; those beyond are refused one by one, and a message with more as a whole. */
  subscriptionsMax: 100,
  requestsMax: 1_000,
  /** Properties of one subscription. */
  propertiesMax: 1_000,
  /** Objects of one set that are told one by one after edits; beyond, the client is told to load again. */
  changedObjectsMax: 500,
} as const
