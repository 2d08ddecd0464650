import assert from 'node:assert/strict'
import { test } from 'node:test'
import { contradictions, emptyState, type FoldableEntry, fold, parseEvent, whoCanSee } from '#governance'
import type { LedgerEntry } from '#ledger'
import { appendEvent, clerkInput, governedTenant, policies, tenant } from '../../../test/governed-tenant.ts'
import { fc } from '../../../test/random.ts'
import { capLedger } from '../../../test/random-elevated.ts'
import { randomLedger } from '../../../test/random-governance.ts'
import { people } from '../../../test/random-start.ts'
import { shownPersons } from './counts-section.ts'
import { Names } from './names.ts'
import { PublicRecord } from './public-record.ts'
import { StatusWatch } from './status-watch.ts'
import { type TransparencyAbout, transparencyOf } from './transparency.ts'

/** A signed head of the right form over so many entries; nobody checks its signature here. */
const aboutSize = (size: number): TransparencyAbout => ({
  tenant: { id: tenant, name: 'St Example', kind: 'trust', synthetic: true },
  checkpoint: `rj1\n${size}\n${Buffer.alloc(32).toString('base64')}\n\n— rj1 ${Buffer.alloc(68, 1).toString('base64')}\n`,
})

function recordOf(entries: readonly FoldableEntry[]): PublicRecord {
  const record = new PublicRecord(tenant)
  for (const entry of entries) record.take(entry as LedgerEntry)
  return record
}

test('what became untrue and true again, entry by entry, is what contradictions says after each', () => {
  let turned = 0
  fc.assert(
    fc.property(fc.oneof(randomLedger, capLedger), (entries) => {
      const watch = new StatusWatch()
      const untrue = new Set<string>()
      const keyOf = (each: { dpia: string; version: number; sentence: string }) =>
        `${each.dpia} ${each.version} ${each.sentence}`
      let state = emptyState(tenant)
      for (const entry of entries) {
        state = fold(state, entry)
        const change = watch.after(state, parseEvent(entry), entry.time)
        for (const each of change?.untrue ?? []) untrue.add(keyOf(each))
        for (const each of change?.trueAgain ?? []) untrue.delete(keyOf(each))
        if (change) turned += 1
        assert.deepEqual(
          [...untrue].sort(),
          contradictions(state, entry.time).map(keyOf).sort(),
          `entry ${entry.index}`,
        )
      }
    }),
    { numRuns: 150 },
  )
  assert.ok(turned > 20, 'no ledger turned anything untrue')
})

test('on random ledgers the document counts everybody whom whoCanSee lists, and names nobody', () => {
  const ids = people.map((id) => new RegExp(`(?<![\\w-])${id.replaceAll('.', '\\.')}(?![\\w-])`))
  let listed = 0
  fc.assert(
    fc.property(randomLedger, (entries) => {
      const record = recordOf(entries)
      const at = record.state.lastTime
      const document = transparencyOf(record, aboutSize(entries.length), at, policies)
      const rows = whoCanSee(record.state, at, policies)
      listed += rows.length
      const distinct = new Set(
        rows.map(({ person, grant: _, columns, approvedBy: __, ...row }) =>
          JSON.stringify([
            person,
            row.kind,
            row.action,
            row.object,
            columns.length,
            row.level,
            row.purpose,
            row.rows,
            row.basis,
            row.until.slice(0, 10),
          ]),
        ),
      )
      assert.equal(
        document.access.reduce((sum, line) => sum + line.people, 0),
        distinct.size,
      )
      for (const line of document.access) if (line.basis === 'break-glass') assert.equal(line.role, null)
      const text = JSON.stringify([document, record.changes().items])
      for (const id of ids) assert.doesNotMatch(text, id)
    }),
    { numRuns: 40 },
  )
  assert.ok(listed > 50)
})

test('a head of another size, or a moment before the last entry, draws nothing', () => {
  const [entries] = fc.sample(randomLedger, { seed: 3, numRuns: 1 })
  const record = recordOf(entries!)
  const draw = (size: number, at = record.state.lastTime) => transparencyOf(record, aboutSize(size), at, policies)
  assert.ok(draw(entries!.length))
  assert.throws(() => draw(entries!.length - 1), /another size/)
  assert.throws(
    () => draw(entries!.length, '2020-01-01T00:00:00.000Z' as typeof record.state.lastTime),
    /later than the moment asked for/,
  )
})

test('names and ids of registered people are taken out of what officers typed, whole and in any case', () => {
  const names = new Names()
  const state = appendEvent(governedTenant(), 'governance.person-registered', {
    ...{ ...clerkInput, id: 'mary.ann@rj1.example' as typeof clerkInput.id, name: 'Mary Ann O’Neil' },
  })
  const shown = (text: string) => names.without(text, state)
  assert.equal(shown('MARY ANN O’NEIL, asked by c clerk.'), '(name withheld), asked by (name withheld).')
  assert.equal(shown('mail Mary.Ann@RJ1.example or clerk@rj1.example;'), 'mail (name withheld) or (name withheld);')
  assert.equal(shown('Mary Ann O’Neilson and a clerk'), 'Mary Ann O’Neilson and a clerk')
  assert.equal(shown(''), '')
})

test('a number of patients is rounded, and hidden below 8', () => {
  assert.deepEqual([0, 1, 7, 8, 12, 13, 1_002].map(shownPersons), [0, '<8', '<8', 10, 10, 15, 1_000])
})
