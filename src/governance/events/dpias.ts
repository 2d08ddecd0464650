import { Type } from '@sinclair/typebox'
import { addMs, type Instant } from '#kernel'
import { isObjectType } from '../columns.ts'
import { DpiaBoundsSchema, DpiaClaimSchema, DpiaDocumentSchema, dpiaHash, whyIncomplete } from '../dpia-form.ts'
import { whyNotApprover } from '../entitlement.ts'
import { fail } from '../errors.ts'
import type { DpiaVersion } from '../state.ts'
import { IdSchema, InstantSchema, NameSchema, Sha256Schema } from '../vocabulary.ts'
import { defineEvent, latest } from './definition.ts'

const dayMs = 86_400_000
/** Individual care never ends unannounced: grants for it go on under the version before for so long. */
export const careNoticeDays = 30

/** A version of a DPIA replaces the one before when it takes effect; grants that it no longer contains stop then. */
export const dpiaApproved = defineEvent(
  {
    id: IdSchema,
    dpiaVersion: Type.Integer({ minimum: 1 }),
    title: NameSchema,
    sha256: Sha256Schema,
    effectiveFrom: InstantSchema,
    claims: Type.Array(DpiaClaimSchema, { maxItems: 500 }),
    bounds: Type.Optional(DpiaBoundsSchema),
    document: Type.Optional(DpiaDocumentSchema),
  },
  {
    what: 'approve a DPIA version',
    whyNotEntitled: (state, event, at) => whyNotApprover(state, event.by, at),
    whyNotNew(state, event) {
      const before = state.dpias.get(event.id)?.at(-1)
      if (before && event.dpiaVersion <= before.version) return 'the DPIA version does not follow the latest'
      if (before && event.effectiveFrom < before.effectiveFrom) return 'it takes effect before the version it follows'
      return event.document && dpiaHash(event) !== event.sha256 ? 'its hash is not that of what it says' : null
    },
    /** FDP_GOVERNANCE_DPIA_ORDER, FDP_GOVERNANCE_OBJECT_UNKNOWN, FDP_GOVERNANCE_NOT_FOUND, FDP_GOVERNANCE_DPIA_INCOMPLETE. */
    check(state, event, at) {
      const { id, dpiaVersion, document } = event
      const before = state.dpias.get(id)?.at(-1)
      const isOutOfOrder = before && (dpiaVersion <= before.version || event.effectiveFrom < before.effectiveFrom)
      if (isOutOfOrder || event.effectiveFrom < at)
        throw fail('FDP_GOVERNANCE_DPIA_ORDER', { id, version: dpiaVersion, latest: before?.version ?? 0 })
      for (const claim of event.claims) {
        const object = claim.objects.find((each) => !isObjectType(each))
        if (object !== undefined) throw fail('FDP_GOVERNANCE_OBJECT_UNKNOWN', { object })
        const purpose = claim.purposes.find((each) => !state.purposes.has(each))
        if (purpose !== undefined) throw fail('FDP_GOVERNANCE_NOT_FOUND', { what: 'purpose', id: purpose })
      }
      const why = document ? whyIncomplete(document) : 'it has no document'
      if (why !== null) throw fail('FDP_GOVERNANCE_DPIA_INCOMPLETE', { id, version: dpiaVersion, why })
      if (dpiaHash(event) !== event.sha256)
        throw fail('FDP_GOVERNANCE_DPIA_INCOMPLETE', { id, version: dpiaVersion, why: 'its hash is of something else' })
    },
    apply(state, event, { time }) {
      const before = state.dpias.get(event.id) ?? []
      const effectiveFrom = latest(event.effectiveFrom, time)
      const version: DpiaVersion = {
        ...{ id: event.id, version: event.dpiaVersion, title: event.title, sha256: event.sha256 },
        effectiveFrom,
        effectiveForCareFrom: before.length === 0 ? effectiveFrom : latest(effectiveFrom, afterNotice(time)),
        ...{ approvedAt: time, approvedBy: event.by, controller: state.controller },
        ...{ claims: event.claims, bounds: event.bounds ?? {}, document: event.document ?? null },
      }
      return { ...state, dpias: state.dpias.set(event.id, [...before, version]) }
    },
  },
)

function afterNotice(at: Instant): Instant {
  return addMs(at, careNoticeDays * dayMs)
}
