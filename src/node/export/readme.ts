/** For whoever opens the folder without this program. */
export const exportReadme = `# Everything of a tenant, in open formats

**This folder holds people's identities and free text in clear.** It was made readable by its owner alone; keep it on an
encrypted volume, and destroy it when it has arrived.

| path | what | form |
|---|---|---|
| \`manifest.json\` | every other file with size and SHA-256; rows, columns and labels of each file of objects; who took it out, for what, as of which entry of the ledger; an Ed25519 signature by the tenant | JSON |
| \`objects/<type>/<controller>.csv\` | the rows of one object type that one organisation (ODS code) controls, in order of the primary key | CSV after RFC 4180, UTF-8, a header of API names |
| \`contracts/<type>.json\` | what the columns mean: type, key, links, value sets, sensitivity | JSON |
| \`edits.jsonl\` | edits made by actions that the source systems had not taken up: record, values before and after, who, since when, whose turn it is | JSON lines |
| \`governance/entries.jsonl\` | every entry of the ledger without its erasable part: who did what, when, for what | JSON lines |
| \`governance/state/*.jsonl\`, \`governance/who-can-see.jsonl\` | what those come to: registers, and live access | JSON lines |
| \`ledger/\` | the ledger itself: C2SP tiles, signed checkpoint, openings; details are encrypted under keys that stay with the tenant | see spec/ledger.md |
| \`policies/\`, \`products/\` | the rules that decided, and the declared metrics | Cedar, YAML, SQL |

In the CSV files an empty field is no value. Dates are \`2026-01-31\`, moments \`2026-01-31T09:30:00.000Z\` in UTC, truth
\`true\` and \`false\`, lists JSON arrays. Values are exact: a field that begins with \`=\` or \`+\` is text, and a spreadsheet
must be told so. Edits that the source systems have not taken up yet are in the rows.

Not in it: keys, files as they were submitted, rows in quarantine, tokens of any purpose, and legally restricted columns
that nobody was granted (listed as \`withheld\`).

Without \`manifest.json\` the folder is what is left of an export that did not end: destroy it.
`
