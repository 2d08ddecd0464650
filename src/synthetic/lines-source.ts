import type { Sql } from '#kernel'
import type { Engine, Source } from '#ports'

/**
 * A file that is written while it is read: a header, then whatever lines a statement yields. The statement gives one
 * text column, each value a block of complete lines, and must give the same each time it runs.
 */
export function linesSource(name: string, engine: Engine, header: readonly string[], blocks: Sql): Source {
  return {
    name,
    bytes: null,
    async *open() {
      yield Buffer.from(`${header.join(',')}\n`)
      await using result = await engine.query(blocks)
      for await (const batch of result.batches()) {
        for (const block of batch.columns[0] ?? []) yield Buffer.from(String(block))
      }
    },
  }
}
