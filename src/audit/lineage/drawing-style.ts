/** Colours and measures of the NHS design system; no font, image or script is loaded. */
export const drawingStyle = `
:root { --blue: #005eb8; --text: #212b32; --grey: #d8dde0; --pale: #f0f4f5; --secondary: #4c6272; --focus: #ffeb3b; }
* { box-sizing: border-box; }
body { margin: 0; color: var(--text); background: #fff; font: 1rem/1.5 "Frutiger W01", Arial, Helvetica, sans-serif; }
header, main, footer { padding: 1rem 1.5rem; }
header { background: var(--blue); color: #fff; }
header p, h1 { margin: 0; max-width: none; }
h1 { font-size: 1.75rem; line-height: 1.2; }
h2 { font-size: 1.4rem; margin: 2.5rem 0 .75rem; }
h3 { font-size: 1.1rem; margin: 2rem 0 .25rem; }
p { max-width: 48rem; }
a { color: var(--blue); }
a:focus-visible { outline: 4px solid transparent; background: var(--focus); color: var(--text); box-shadow: 0 4px 0 var(--text); text-decoration: none; }
footer { background: var(--grey); font-size: .9rem; }
.skip { position: absolute; left: -999rem; }
.skip:focus { left: 0; top: 0; background: var(--focus); color: var(--text); padding: .5rem 1rem; z-index: 2; }
.scroll { overflow-x: auto; border: 1px solid var(--grey); }
.scroll:focus-visible { outline: 4px solid var(--text); box-shadow: 0 0 0 8px var(--focus); }
.hint { color: var(--secondary); font-size: .875rem; }
figure { margin: 1rem 0; }
svg { display: block; }
svg text { font: 14px Arial, Helvetica, sans-serif; fill: var(--text); }
svg .title { font-size: 15px; font-weight: 700; }
svg .says { font-size: 12px; fill: var(--secondary); }
svg .head .title, svg .head .says { fill: #fff; }
svg .frame { fill: #fff; stroke: var(--secondary); stroke-width: 1; }
svg .row rect { fill: #fff; }
svg .row.more text { font-style: italic; fill: var(--secondary); }
svg .rule { stroke: var(--grey); }
svg .edge { fill: none; stroke: #768692; stroke-width: 1.25; stroke-linejoin: round; }
svg .edge.masking { stroke-dasharray: 5 3; }
svg a { text-decoration: none; cursor: pointer; }
svg a:hover rect { stroke: var(--blue); stroke-width: 2; }
svg a:focus { outline: none; }
svg a:focus-visible rect { stroke: #000; stroke-width: 3; }
svg a:target rect, svg a:focus-visible rect { fill: var(--focus); }
svg a:target text, svg a:focus-visible text { fill: var(--text) !important; }
svg:has(a:target) .edge { stroke: var(--grey); }
.delivery > .head rect, .source > .head rect { fill: #4c6272; }
.checked > .head rect, .model > .head rect { fill: #425563; }
.lake > .head rect { fill: #005eb8; }
.vault > .head rect { fill: #003087; }
.action > .head rect { fill: #7c2855; }
.rows > .head rect, .metric > .head rect { fill: #006747; }
.release > .head rect { fill: #00401e; }
.page > .head rect { fill: #212b32; }
.legend { display: flex; flex-wrap: wrap; gap: .25rem 1.5rem; list-style: none; margin: 1rem 0; padding: 0; font-size: .875rem; }
.legend svg { display: inline-block; vertical-align: middle; margin-right: .4rem; }
table { border-collapse: collapse; width: 100%; table-layout: fixed; font-size: .9rem; }
caption { text-align: left; padding: .5rem .75rem; color: var(--secondary); }
th, td { text-align: left; vertical-align: top; padding: .4rem .75rem; border-bottom: 1px solid var(--grey); overflow-wrap: anywhere; }
thead th { border-bottom: 2px solid var(--secondary); }
tbody th { font-weight: 600; }
tr:target > *, h3:target { background: var(--focus); }
td ul { list-style: none; margin: 0; padding: 0; }
td p { margin: 0; }
thead th:nth-child(1) { width: 18%; } thead th:nth-child(2) { width: 28%; }
@media print {
  @page { size: A3 landscape; margin: 10mm; }
  .skip, .hint.screen { display: none; }
  header, footer { background: #fff; color: var(--text); padding-left: 0; }
  .scroll { overflow: visible; border: 0; }
  figure svg { width: 100%; height: auto; max-height: 260mm; }
  svg rect, svg path { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
  tr, h3 { break-inside: avoid; }
  h2.table { break-before: page; }
}
`
