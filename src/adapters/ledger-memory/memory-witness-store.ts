import type { WitnessedTree, WitnessStore } from '#ports'

export function memoryWitnessStore(): WitnessStore {
  const trees = new Map<string, WitnessedTree>()
  return {
    read: async (origin) => trees.get(origin) ?? null,
    write: async (origin, tree) => {
      trees.set(origin, tree)
    },
  }
}
