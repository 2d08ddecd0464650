import type { PublicChange } from '#audit'
import type { PublicBook } from '#node'

/** Entries whose changes one page holds. */
const entriesMax = 200
const feedItems = 100

function proofOf({ document }: PublicBook, entry: number): string {
  return `/public/transparency/${document.tenant.id}/changes/${entry}/proof`
}

/** A page of changes. An entry is never cut in two; `next` is null on the last page. */
export function changesOf(book: PublicBook, since: number) {
  const { record, document } = book
  const { items, more } = record.changes(since, entriesMax)
  return {
    modified: items.at(-1)?.time ?? book.drawnAt,
    body: {
      ...{ format: 'openfdp/public-changes', version: 1, tenant: document.tenant.id, size: document.ledger.size },
      items: items.map((item) => ({ ...item, proof: proofOf(book, item.entry) })),
      next: more ? `/public/transparency/${document.tenant.id}/changes?since=${items.at(-1)?.entry ?? since}` : null,
    },
  }
}

/** JSON Feed 1.1 (https://www.jsonfeed.org/version/1.1/). `origin` is the address that browsers know this node by. */
export function changeFeed(book: PublicBook, origin: string) {
  const { tenant } = book.document
  const latest = book.record.latest(feedItems)
  return {
    version: 'https://jsonfeed.org/version/1.1',
    title: `What changed at ${tenant.name}`,
    home_page_url: `${origin}/public/${tenant.id}`,
    feed_url: `${origin}/public/transparency/${tenant.id}/feed.json`,
    description: 'Every public change, from the ledger that enforces. Earlier ones are in the change list.',
    language: 'en-GB',
    items: latest
      .map((change, i) => ({
        id: `${tenant.id}/${change.entry}/${latest.slice(0, i).filter(({ entry }) => entry === change.entry).length}`,
        url: `${origin}${proofOf(book, change.entry)}`,
        title: titleOf(change),
        content_text: change.says,
        date_published: change.time,
        tags: [change.kind],
      }))
      .reverse(),
  }
}

function titleOf({ kind }: PublicChange): string {
  if (kind === 'status.untrue') return 'A sentence became untrue'
  if (kind === 'status.true-again') return 'A sentence is no longer untrue'
  const what = kind.slice(kind.indexOf('.') + 1).replaceAll('-', ' ')
  return what.charAt(0).toUpperCase() + what.slice(1)
}
