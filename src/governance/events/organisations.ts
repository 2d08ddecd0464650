import { Type } from '@sinclair/typebox'
import { isBootstrap, whyNotOpen, whyNotRegistrar } from '../entitlement.ts'
import { fail } from '../errors.ts'
import { PersistentMap } from '../persistent-map.ts'
import { isInPost } from '../state.ts'
import {
  approvingDuties,
  DutySchema,
  GradeSchema,
  InstantSchema,
  NameSchema,
  OdsCodeSchema,
  SectorSchema,
  SubjectIdSchema,
  TenantIdSchema,
} from '../vocabulary.ts'
import { defineEvent, earliest, nullable } from './definition.ts'

const officer = Type.Object(
  {
    id: SubjectIdSchema,
    name: NameSchema,
    role: NameSchema,
    duties: Type.Array(DutySchema),
    grade: Type.Optional(GradeSchema),
  },
  { additionalProperties: false },
)

/** By whose word a tenant of real people began: the name given at the machine, and the account there. Nobody proved it. */
const founding = Type.Object({ name: NameSchema, account: NameSchema }, { additionalProperties: false })

/** Once in the life of a tenant. Whoever founds one names its first officers and keeps no right in it. */
export const tenantOpened = defineEvent(
  {
    tenant: TenantIdSchema,
    controller: Type.Object({ id: OdsCodeSchema, name: NameSchema }, { additionalProperties: false }),
    officers: Type.Array(officer, { minItems: 1, maxItems: 20 }),
    founding: Type.Optional(founding),
  },
  {
    what: 'open the tenant',
    whyNotEntitled(state, { by, founding, officers }) {
      if (state.controller !== null) return 'the tenant is open already'
      const isOwn = founding !== undefined && officers.some(({ id }) => id === by)
      return isOwn ? 'whoever founds a tenant is none of its first officers' : null
    },
    check(_state, { founding, officers }) {
      if (founding === undefined) return
      const approvers = officers.filter((each) => each.duties.some((duty) => approvingDuties.includes(duty)))
      if (new Set(approvers.map(({ id }) => id)).size < 2)
        throw fail('FDP_GOVERNANCE_NOT_NOW', { what: 'open the tenant', why: 'two people must be able to approve' })
    },
    apply(state, event, { index, time }) {
      if (event.tenant !== state.tenant) {
        throw fail('FDP_GOVERNANCE_OTHER_TENANT', { index, found: event.tenant, expected: state.tenant })
      }
      const { controller } = event
      let persons = state.persons
      for (const person of event.officers) {
        persons = persons.set(person.id, {
          ...person,
          kind: 'controller-staff',
          employer: controller.id,
          grade: person.grade ?? 'staff',
          manager: null,
          clearanceUntil: null,
          trainingUntil: null,
          from: time,
          until: null,
          post: index,
          posts: [{ employer: controller.id, kind: 'controller-staff', since: time }],
        })
      }
      const organisation = { ...controller, sector: 'nhs' as const, until: null, successor: null }
      return {
        ...state,
        controller: controller.id,
        bootstrap: event.founding === undefined ? event.by : null,
        organisations: state.organisations.set(controller.id, organisation),
        persons,
      }
    },
  },
)

/** Registering an organisation again changes its name and sector. */
export const organisationRegistered = defineEvent(
  { id: OdsCodeSchema, name: NameSchema, sector: Type.Optional(SectorSchema) },
  {
    what: 'register an organisation',
    whyNotEntitled: (state, event, at) => whyNotRegistrar(state, event.by, at),
    apply(state, { id, name, sector }) {
      const before = state.organisations.get(id)
      const organisation = {
        ...{ id, name, sector: sector ?? before?.sector ?? 'other' },
        ...{ until: before?.until ?? null, successor: before?.successor ?? null },
      }
      return { ...state, organisations: state.organisations.set(id, organisation) }
    },
  },
)

/** It is abolished or merged. Nobody reads as its staff from then on; nothing passes to the successor by itself. */
export const organisationClosed = defineEvent(
  { id: OdsCodeSchema, at: InstantSchema, successor: nullable(OdsCodeSchema) },
  {
    what: 'record the end of an organisation',
    whyNotEntitled: (state) => whyNotOpen(state),
    whyNotSign: (state, event, at) => whyNotRegistrar(state, event.by, at),
    check(state, { id, successor }) {
      for (const each of [id, successor]) {
        if (each !== null && !state.organisations.has(each))
          throw fail('FDP_GOVERNANCE_NOT_FOUND', { what: 'organisation', id: each })
      }
    },
    apply(state, { id, at, successor, by }, { time }) {
      const before = state.organisations.get(id)
      if (!before) return state
      // An end takes away, whoever signs; a successor may take the tenant over, so an officer has to name it.
      const named = whyNotRegistrar(state, by, time) === null ? successor : null
      const closed = { ...before, until: earliest(before.until, at), successor: named ?? before.successor }
      return { ...state, organisations: state.organisations.set(id, closed) }
    },
  },
)

/**
 * The successor of an abolished controller takes the tenant over, by one of its own officers. Every approval, DPIA,
 * contract and agreement was the predecessor's and has to be signed anew before anybody reads.
 */
export const controllerSucceeded = defineEvent(
  { successor: OdsCodeSchema },
  {
    what: 'take the tenant over for the successor of its controller',
    whyNotEntitled(state, { by, successor }, at) {
      const former = state.controller === null ? null : state.organisations.get(state.controller)
      if (!former || former.until === null || at < former.until) return 'the controller has not ended'
      if (former.successor !== successor) return 'it is not the successor that was recorded'
      const person = state.persons.get(by)
      if (!person || !isInPost(person, at) || person.employer !== successor)
        return 'they are not staff of the successor'
      if (!person.duties.some((duty) => approvingDuties.includes(duty))) return 'they hold no duty that approves'
      return isBootstrap(state, by) ? 'who set the tenant up approves nothing' : null
    },
    // Switched off as well: the papers behind it were the predecessor's.
    apply: (state, { successor }) => ({ ...state, controller: successor, switchedOn: PersistentMap.empty() }),
  },
)
