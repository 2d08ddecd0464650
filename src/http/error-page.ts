import type { FdpError } from '#kernel'
import { html } from './html.ts'
import { page } from './page.ts'

/** An error as a person reads it: what is wrong, what to do, and what to say when they ask for help. */
export function errorPage({ code, message, help, status }: FdpError, requestId: string): string {
  const again = status === 401 || status === 403 ? html`<p><a href="/sign-in">Sign in</a></p>` : null
  const sentence = (text: string) => `${text.charAt(0).toUpperCase()}${text.slice(1)}.`
  return page(
    'This did not work',
    html`<p class="lead">${sentence(message)}</p>
<p>${sentence(help)}</p>
${again}
<p class="hint">If you ask for help, say: ${code}, request ${requestId}.</p>`,
  )
}
