/**
 * The life of a submission, as one table: what each step leaves behind, what a crash during it means, and where it may
 * go next. The runner asks this table before each step; the picture in docs and spec/flows.md is drawn from it.
 */
export const life = {
  decide: { leaves: 'nothing', afterCrash: 'nothing happened', next: ['land'] },
  land: { leaves: 'an encrypted blob', afterCrash: 'no entry names the blob: swept', next: ['receive'] },
  receive: { leaves: 'entry flow.received', afterCrash: 'acknowledged: resumed', next: ['read'] },
  read: { leaves: 'memory', afterCrash: 'resumed from the blob', next: ['check', 'refuse'] },
  check: { leaves: 'memory, quarantine blob', afterCrash: 'resumed from the blob', next: ['identify', 'refuse'] },
  identify: { leaves: 'memory', afterCrash: 'resumed from the blob', next: ['split', 'refuse'] },
  split: { leaves: 'files no manifest names', afterCrash: 'swept and resumed', next: ['seal', 'refuse'] },
  seal: { leaves: 'manifests no entry names', afterCrash: 'swept and resumed', next: ['publish'] },
  publish: { leaves: 'entry flow.published', afterCrash: 'published: nothing to do', next: [] },
  refuse: { leaves: 'entry flow.refused', afterCrash: 'refused: nothing to do', next: [] },
} as const satisfies Readonly<
  Record<string, { readonly leaves: string; readonly afterCrash: string; readonly next: readonly string[] }>
>

export type Step = keyof typeof life

/** Steps in the order of a submission that goes well; for progress bars. */
export const goodLife: readonly Step[] = [
  'decide',
  'land',
  'receive',
  'read',
  'check',
  'identify',
  'split',
  'seal',
  'publish',
]

/** Where a submission is, and for how long it was where it has been. */
export interface Walk {
  at(): Step
  /** Throws (a bug) if the table has no such way. */
  go(to: Step): void
}

/** `enter` is told of each step as it begins. A resumed submission begins at `receive`. */
export function walk(from: Step, enter: (step: Step) => void): Walk {
  let current = from
  enter(from)
  return {
    at: () => current,
    go(to) {
      const next: readonly string[] = life[current].next
      if (!next.includes(to)) throw new Error(`a submission cannot go from ${current} to ${to}`)
      current = to
      enter(to)
    },
  }
}
