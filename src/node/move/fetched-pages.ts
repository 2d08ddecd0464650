import { limits } from '#kernel'
import type { BlobStore, RemoteObject, Source } from '#ports'
import { csvLine } from '../csv-line.ts'
import type { TypeProgress } from './move-progress.ts'

/** Keeps one page: where the next begins, and its rows as a file would have them. */
export async function keepPage(
  pages: BlobStore,
  columns: readonly string[],
  page: { readonly objects: readonly RemoteObject[]; readonly nextPageToken: string | null },
): Promise<{ blob: string; rows: number }> {
  const { objects, nextPageToken } = page
  const rows = objects.map((object) => csvLine(columns.map((name) => object[name])))
  const text = `${JSON.stringify({ next: nextPageToken })}\n${rows.join('')}`
  const { id } = await pages.put(chunks(text), limits.submissionBytesMax)
  return { blob: id, rows: objects.length }
}

/** Where the page after this one begins; null after the last. */
export async function nextOf(pages: BlobStore, blob: string): Promise<string | null> {
  for await (const { head } of textOf(pages, blob)) return (JSON.parse(head) as { next: string | null }).next
  throw new Error('a kept page is empty')
}

/** All pages of a type as one file to submit. */
export function pagesSource(
  pages: BlobStore,
  name: string,
  columns: readonly string[],
  of: Pick<TypeProgress, 'pages'>,
): Source {
  return {
    ...{ name, bytes: null },
    async *open() {
      yield Buffer.from(csvLine(columns))
      for (const { blob } of of.pages) for await (const { rest } of textOf(pages, blob)) yield rest
    },
  }
}

/** The first line of a page, and what follows it piece by piece. */
async function* textOf(pages: BlobStore, blob: string): AsyncGenerator<{ head: string; rest: Uint8Array }> {
  let begun = Buffer.alloc(0)
  let head: string | null = null
  for await (const chunk of pages.open(blob)) {
    if (head !== null) {
      yield { head, rest: chunk }
      continue
    }
    begun = Buffer.concat([begun, chunk])
    const end = begun.indexOf(10)
    if (end < 0) continue
    head = begun.subarray(0, end).toString('utf8')
    yield { head, rest: begun.subarray(end + 1) }
  }
}

async function* chunks(text: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text, 'utf8')
}
