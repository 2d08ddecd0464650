import type { DemoAccount } from './demo-provider.ts'

const style = `body{margin:0;color:#212b32;background:#f0f4f5;font:1rem/1.5 Arial,sans-serif}
header{background:#4c6272;color:#fff;padding:1rem}main{max-width:44rem;margin:0 auto;padding:2rem 1rem}
h1{font-size:2rem;line-height:1.2}h2{font-size:1.25rem;margin:2rem 0 .5rem}ul{list-style:none;margin:0;padding:0}
.note{background:#fff;border-left:.5rem solid #ffb81c;padding:1rem}li{margin:0 0 .5rem}
button{font:inherit;text-align:left;width:100%;padding:.75rem 1rem;background:#fff;border:2px solid #005eb8;color:#005eb8;cursor:pointer}
button:hover{background:#005eb8;color:#fff}button:focus-visible{outline:4px solid #212b32;outline-offset:2px;background:#ffeb3b;color:#212b32}
.role{display:block;font-size:.9rem}`

/** Everybody who can sign in, by organisation: one button each, no password, and a sentence that says why. */
export function loginPage(accounts: readonly DemoAccount[], action: string): string {
  const organisations = [...new Set(accounts.map(({ organisation }) => organisation))]
  return page(
    'Choose who you are',
    `<p class="note">These people are made up, and so is everybody in their records. No password is asked: this page stands in for an organisation’s own sign-in, and proves nothing.</p>
<form method="post" action="${escaped(action)}">
${organisations.map((name) => group(name, accounts)).join('\n')}
</form>`,
  )
}

export function sorryPage(): string {
  return page('This sign-in cannot go on', '<p>It is unknown, or too old. Go back and begin again.</p>')
}

/** `form` is the provider's own, with a token against forgery. */
export function signOutPage(form: string): string {
  return page(
    'Sign out here too?',
    `${form}<p>You are signed out of the node. This page is the made-up identity provider.</p>
<button type="submit" form="op.logoutForm" name="logout" value="yes" autofocus>Sign out</button>`,
  )
}

export function signedOutPage(): string {
  return page('You are signed out', '<p>The identity provider has forgotten who you said you were.</p>')
}

function group(organisation: string, accounts: readonly DemoAccount[]): string {
  const buttons = accounts
    .filter((account) => account.organisation === organisation)
    .map(
      ({ subject, name, role }) =>
        `<li><button name="subject" value="${escaped(subject)}">${escaped(name)}<span class="role">${escaped(role)}</span></button></li>`,
    )
  return `<h2>${escaped(organisation)}</h2>\n<ul>${buttons.join('\n')}</ul>`
}

function page(title: string, body: string): string {
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title} – made-up identity provider</title><style>${style}</style></head>
<body><header>Made-up identity provider, for the synthetic economy only</header>
<main><h1>${title}</h1>
${body}
</main></body></html>`
}

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)
}
