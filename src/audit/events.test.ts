import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { auditEvents } from './index.ts'

const page = readFileSync(new URL('../../spec/audit.md', import.meta.url), 'utf8')

test('every event stands in spec/audit.md with each of its fields', () => {
  const rows = new Map(
    [...page.matchAll(/^\| `([a-z.-]+)` \| (.*?) \|/gm)].map(([, type = '', fields = '']) => [type, fields]),
  )
  for (const [type, { governance }] of Object.entries(auditEvents)) {
    const said = [...(rows.get(type) ?? '').matchAll(/`([A-Za-z0-9]+)`/g)].map(([, field]) => field)
    const fields = Object.keys(governance.properties).filter((name) => name !== 'version' && name !== 'by')
    for (const field of fields) assert.ok(said.includes(field), `${type}: ${field}`)
  }
  const events = [...rows.keys()].filter((type) => /^(audit|incident|rights)\./.test(type))
  assert.deepEqual(events.sort(), Object.keys(auditEvents).sort())
})
