import type { Tenant } from '#node'
import { html } from './html.ts'
import { page } from './page.ts'

/** One line for each tenant of the node. */
export function publicIndex(tenants: readonly Tenant[]): string {
  return page(
    'Who can see your data',
    html`<p class="lead">Each organisation here keeps its own data and its own signed record. Choose one to see who can see what, for what, and until when.</p>
<ul>${tenants.map(({ profile: { id, name } }) => html`<li><a href="/public/${id}">${name}</a></li>`)}</ul>
<p><a href="/public/transparency">For programs: the same as JSON</a></p>`,
  )
}
