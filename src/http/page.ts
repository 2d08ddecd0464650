import { type Html, html } from './html.ts'
import { style } from './style.ts'

/** The frame of every page: language, title, a way past the header, one main part. */
export function page(title: string, body: Html): string {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title} – OpenFDP</title>
<style>${{ text: style } as Html}</style>
</head>
<body>
<a class="skip" href="#main">Skip to main content</a>
<header><div class="width"><strong>OpenFDP</strong> <span>an open federated data platform</span></div></header>
<main id="main" class="width" tabindex="-1">
<h1>${title}</h1>
${body}
</main>
<footer><div class="width">OpenFDP is open source under the Apache Licence 2.0. Figures say what they count, when, and from which ledger entry. <a href="/public">Who can see your data</a> is open to anybody.</div></footer>
</body>
</html>`.text
}
