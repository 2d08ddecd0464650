import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import type { TenantId } from '#kernel'
import { policies } from '../../test/governed-tenant.ts'
import { decide, emptyState, type FoldableEntry, fold, type ReadRequest } from './index.ts'

interface Vectors {
  readonly tenant: TenantId
  readonly entries: readonly FoldableEntry[]
  readonly rejected: readonly number[]
  readonly cases: readonly {
    readonly request: ReadRequest
    readonly grant?: string
    readonly reasons?: readonly string[]
  }[]
}

const file = new URL('../../spec/governance-vectors.json', import.meta.url)
const { tenant, entries, rejected, cases } = JSON.parse(readFileSync(file, 'utf8')) as Vectors

test('the cases of the specification', () => {
  const state = entries.reduce(fold, emptyState(tenant))
  assert.deepEqual(
    state.rejected.map((event) => event.entry),
    rejected,
  )
  for (const { request, grant, reasons } of cases) {
    const decision = decide(state, request, policies)
    const said = decision.allowed
      ? { grant: decision.grant }
      : { reasons: decision.reasons.map((reason) => reason.code) }
    assert.deepEqual(said, grant === undefined ? { reasons } : { grant }, JSON.stringify(request))
  }
})
