/** A small sheet in the colours and measures of the NHS design system; no font, image or script is loaded. */
export const style = `
:root { --blue: #005eb8; --text: #212b32; --grey: #d8dde0; --pale: #f0f4f5; --secondary: #4c6272; }
* { box-sizing: border-box; }
body { margin: 0; color: var(--text); background: var(--pale); font: 1rem/1.5 "Frutiger W01", Arial, sans-serif; }
.width { max-width: 72rem; margin: 0 auto; padding: 0 1rem; }
header { background: var(--blue); color: #fff; padding: 1rem 0; }
header strong { font-size: 1.5rem; margin-right: .75rem; }
main { padding-top: 2rem; padding-bottom: 3rem; }
h1 { font-size: 2.25rem; line-height: 1.2; margin: 0 0 1rem; }
h2 { font-size: 1.6rem; margin: 3rem 0 .75rem; padding-top: 1rem; border-top: 1px solid var(--grey); }
h3 { font-size: 1.2rem; margin: 2rem 0 .5rem; }
.lead { font-size: 1.25rem; }
p { max-width: 44rem; }
a { color: var(--blue); }
a:focus, summary:focus, .scroll:focus { outline: 4px solid #ffeb3b; outline-offset: 0; color: var(--text); }
nav ul { display: flex; flex-wrap: wrap; gap: .25rem 1.5rem; list-style: none; margin: 0; padding: 0; }
.skip { position: absolute; left: -999rem; }
.skip:focus { left: 0; background: #ffeb3b; padding: .5rem 1rem; z-index: 1; }
.scroll { overflow-x: auto; background: #fff; border: 1px solid var(--grey); }
table { border-collapse: collapse; width: 100%; }
caption { text-align: left; padding: .75rem 1rem; font-weight: 600; }
th, td { text-align: left; vertical-align: top; padding: .5rem 1rem; border-bottom: 1px solid var(--grey); }
th { font-size: .9rem; }
.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
.hint { color: var(--secondary); font-size: .9rem; }
summary { color: var(--blue); cursor: pointer; margin: .75rem 0; text-decoration: underline; }
code { background: #fff; padding: .1rem .3rem; }
footer { background: var(--grey); padding: 2rem 0; font-size: .9rem; }
`
