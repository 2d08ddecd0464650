import { seededRandom } from '#kernel'

/** Draws from a seed; the same seed draws the same. */
export interface Chance {
  /** 0 ≤ n < below. */
  below(below: number): number
  /** True in `inHundred` of a hundred. */
  percent(inHundred: number): boolean
  pick<T>(items: readonly [T, ...T[]] | readonly T[]): T
}

export function chanceOf(seed: string): Chance {
  const random = seededRandom(seed)
  const below = (max: number) => Number(Buffer.from(random.bytes(6)).readUIntBE(0, 6) % max)
  return {
    below,
    percent: (inHundred) => below(100) < inHundred,
    pick: (items) => items[below(items.length)]!,
  }
}
