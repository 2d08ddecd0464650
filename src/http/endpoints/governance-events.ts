import { type TObject, Type } from '@sinclair/typebox'
import { definitionOf } from '#governance'
import { type Body, type SignableType, signAndAppend, signableTypes } from '#node'
import { endpoint, shape } from '../endpoint.ts'

/** Where in the ledger something stands. */
export const receiptShape = shape({ entry: Type.Integer(), time: Type.String() })

/** The fields of an event without its version, which this release sets, and its signer, who is the caller. */
export function bodyOf({ properties }: TObject): TObject {
  const { version: _version, by: _by, ...fields } = properties
  return shape(fields)
}

/** `person-registered`: the type without its module. */
const shortOf = (type: SignableType) => type.slice('governance.'.length)

/** One address for each type of event that is signed as it stands; who may sign what, the event's own definition says. */
export const governanceEventEndpoints = signableTypes.map((type) => {
  const { what, schema } = definitionOf(type)
  return endpoint({
    ...{ method: 'POST', auth: 'either', path: `/api/v1/tenants/:tenant/governance/events/${shortOf(type)}` },
    summary: `To ${what}: signs the event ${shortOf(type)} as the caller and appends it to the ledger.`,
    body: bodyOf(schema),
    response: receiptShape,
    handler: async ({ tenant, caller, body }) => {
      const { index, time } = await signAndAppend(tenant, type, body as Body<typeof type>, caller.subject)
      return { entry: index, time }
    },
  })
})
