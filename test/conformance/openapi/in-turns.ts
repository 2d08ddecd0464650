/** Runs calls a few at a time; answers in order. */
export async function inTurns<T, R>(all: readonly T[], atOnce: number, call: (one: T) => Promise<R>): Promise<R[]> {
  const answers: R[] = new Array(all.length)
  let next = 0
  const turn = async () => {
    while (next < all.length) {
      const at = next++
      answers[at] = await call(all[at]!)
    }
  }
  await Promise.all(Array.from({ length: atOnce }, turn))
  return answers
}
