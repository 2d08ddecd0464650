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

/** As `chanceOf`, for hundreds of thousands of draws: 32 bits of state (mulberry32), for made-up values and no secret. */
export function quickChanceOf(seed: string): Chance {
  let state = 0x811c9dc5
  for (let i = 0; i < seed.length; i++) state = Math.imul(state ^ seed.charCodeAt(i), 0x01000193)
  const next = () => {
    state = (state + 0x6d2b79f5) | 0
    const mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    const again = mixed ^ (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed))
    return (again ^ (again >>> 14)) >>> 0
  }
  const below = (max: number) => next() % max
  return {
    below,
    percent: (inHundred) => below(100) < inHundred,
    pick: (items) => items[below(items.length)]!,
  }
}
