import { sha256Hex } from '#kernel'
import { day, entryOf, hashOf, ods, opening, purpose, purposeInput, subject } from './governed-tenant.ts'
import { fc } from './random.ts'
import type { Step } from './random-governance.ts'

/*
 * Events that change no decision: forms, reviews after the fact, what is counted and published. They are in random
 * ledgers all the same, since a rule that began to depend on one would show.
 */
const by = subject('owner@rj1.example')
const person = subject('ann')
const dpia = { id: 'd1', version: 1, sha256: hashOf('a') }
const item = {
  ...{ object: 'RttPeriod', columns: ['providerCode'], level: 'pseudonymised' as const, disclosurePolicy: null },
  rows: { controllers: 'all' as const, where: [] },
}

const entries = [
  entryOf('governance.tenant-opened', opening),
  entryOf('governance.team-registered', { by, id: 't2', name: 'Night', organisation: ods('SUP1') }),
  entryOf('governance.purpose-registered', { ...purposeInput, id: purpose('later') }),
  entryOf('governance.activity-registered', {
    ...{ by, id: 'elective', function: 'Care', name: 'Elective', conditions: '9(2)(h)' },
    ...{ dutyOfConfidence: 'Implied consent', source: 'published' },
  }),
  entryOf('governance.family-registered', { by, id: 'waiting', title: 'Waiting', objects: ['RttPeriod'] }),
  entryOf('governance.access-requested', {
    ...{ by: person, id: 'q1', subject: person, purpose: purpose('care'), from: day(0), until: day(60), dpia },
    ...{ reason: 'x', items: [item] },
  }),
  entryOf('governance.opt-outs-set', { by, stricter: true, reason: 'x' }),
  entryOf('governance.access-declined', { by, request: 'q1', item: 0, reason: 'x' }),
  entryOf('governance.opening-reviewed', { by, opening: 'b1', outcome: 'justified', reason: 'x' }),
  entryOf('governance.approval-reviewed', { by, grant: 'g1', outcome: 'sound', reason: 'x' }),
  entryOf('governance.disclosure-compelled', {
    ...{ by, id: 'order', instrument: 'l1', recipient: ods('POL'), objects: ['Patient'], persons: 1, at: day(0) },
    reason: 'x',
  }),
  entryOf('governance.erasure-ordered', { by, id: 'e1', ground: 'objection', later: 'keep-out' }),
  entryOf('governance.erasure-approved', { by: person, erasure: 'e1' }),
  entryOf('governance.hold-placed', { by, id: 'h1', objects: ['RttPeriod'], reason: 'x' }),
  entryOf('governance.retention-set', { by, purpose: purpose('care'), days: 2, reason: 'x' }),
  entryOf('governance.hold-lifted', { by, hold: 'h1', reason: 'x' }),
  entryOf('governance.model-proposed', { by: person, object: 'Made', yaml: 'x', sql: 'y' }),
  entryOf('governance.model-approved', { by, object: 'Made', sha256: sha256Hex('x\0y') }),
  { type: 'flow.published', governance: { object: 'RttPeriod' } },
]

export const quietEvents: fc.Arbitrary<Step> = fc.constantFrom(...entries).map((entry) => () => [entry])
