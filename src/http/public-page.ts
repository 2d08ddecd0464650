import type { PublicBook } from '#node'
import { html } from './html.ts'
import { page } from './page.ts'

export function publicPage({ document }: PublicBook): string {
  return page(
    document.tenant.name,
    html`<div class="banner ${document.status}">${document.contradictions.map(({ sentence, instead }) => html`<p>${sentence} ${instead}</p>`)}</div>`,
  )
}
