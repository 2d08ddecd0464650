/** A small sheet in the colours and measures of the NHS design system; no font, image or script is loaded. */
export const style = `
:root { --blue: #005eb8; --text: #212b32; --grey: #d8dde0; --pale: #f0f4f5; --secondary: #4c6272; --focus: #ffeb3b; --green: #00703c; --red: #b30f0f; }
* { box-sizing: border-box; }
body { margin: 0; color: var(--text); background: var(--pale); font: 1rem/1.5 "Frutiger W01", Arial, sans-serif; }
.width { max-width: 80rem; margin: 0 auto; padding: 0 1rem; }
header { background: var(--blue); color: #fff; padding: 1rem 0; }
header strong { font-size: 1.5rem; margin-right: .75rem; }
main.width { padding-top: 2rem; padding-bottom: 3rem; }
main:focus { outline: none; }
h1 { font-size: 2.25rem; line-height: 1.2; margin: 0 0 1rem; }
h2 { font-size: 1.6rem; line-height: 1.25; margin: 3.5rem 0 .75rem; padding-top: 1.5rem; border-top: 1px solid var(--grey); }
h3 { font-size: 1.2rem; margin: 2rem 0 .5rem; }
.lead { font-size: 1.25rem; }
p { max-width: 44rem; }
a { color: var(--blue); }
a:hover { color: #7c2855; }
a:focus-visible, summary:focus-visible { outline: 4px solid transparent; background: var(--focus); color: var(--text); box-shadow: 0 4px 0 var(--text); text-decoration: none; }
.scroll:focus-visible { outline: 4px solid var(--text); outline-offset: 0; box-shadow: 0 0 0 8px var(--focus); }
button { font: inherit; padding: .25rem .75rem; color: var(--blue); background: #fff; border: 2px solid var(--blue); cursor: pointer; }
button:focus-visible { outline: 4px solid transparent; background: var(--focus); color: var(--text); box-shadow: 0 4px 0 var(--text); }
nav ul { display: flex; flex-wrap: wrap; gap: .25rem 1.5rem; list-style: none; margin: 0; padding: 0; }
.skip { position: absolute; left: -999rem; }
.skip:focus { left: 0; background: var(--focus); color: var(--text); padding: .5rem 1rem; z-index: 2; }
.hidden { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
.scroll { overflow-x: auto; background: #fff; border: 1px solid var(--grey); }
table { border-collapse: collapse; width: 100%; }
caption { text-align: left; padding: .75rem 1rem; font-weight: 600; }
th, td { text-align: left; vertical-align: top; padding: .5rem .75rem; border-bottom: 1px solid var(--grey); }
tr > :first-child { padding-left: 1rem; }
tbody tr:last-child > * { border-bottom: 0; }
thead th { vertical-align: bottom; font-size: .875rem; line-height: 1.35; border-bottom: 2px solid var(--secondary); min-width: 5.5rem; }
tbody th { font-weight: 400; background: #fff; }
tbody tr:hover > * { background: #f8fafb; }
.number { text-align: right; font-variant-numeric: tabular-nums; }
td.number { white-space: nowrap; }
.hint { color: var(--secondary); font-size: .875rem; }
details { margin: .75rem 0; }
summary { color: var(--blue); cursor: pointer; text-decoration: underline; width: fit-content; }
code { background: #fff; padding: .1rem .3rem; }
footer { background: var(--grey); padding: 2rem 0; font-size: .9rem; }
.banner { max-width: 52rem; margin: 0 0 2rem; padding: 1rem 1.5rem; background: #fff; border: 4px solid; }
.banner h2 { margin: 0 0 .5rem; padding: 0; border: 0; font-size: 1.4rem; }
.banner p:last-child { margin-bottom: 0; }
.banner.holds { border-color: var(--green); }
.banner.holds h2 { color: var(--green); }
.banner.contradicted { border-color: var(--red); }
.banner.contradicted h2, .changes .bad { color: var(--red); }
blockquote { margin: .5rem 0; padding: .25rem 1rem; border-left: 4px solid var(--grey); font-size: 1.15rem; font-weight: 600; }
.changes { list-style: none; padding: 0; max-width: 44rem; }
.changes li { padding: .5rem 0; border-bottom: 1px solid var(--grey); }
code.long { overflow-wrap: anywhere; }
@media (max-width: 40rem) {
  header span { display: block; }
  h1 { font-size: 1.75rem; }
  .lead { font-size: 1.1rem; }
  .scroll { margin: 0 -1rem; border-left: 0; border-right: 0; }
  th, td { padding: .5rem .6rem; }
  tbody th:first-child, thead th:first-child { position: sticky; left: 0; background: #fff; max-width: 9rem; box-shadow: 1px 0 0 var(--grey); }
}
@media print { .scroll { overflow: visible; } nav, .skip { display: none; } body { background: #fff; } }
`
