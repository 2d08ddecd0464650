import type { Endpoint } from './endpoint.ts'
import { accessEndpoints } from './endpoints/access.ts'
import { accessListEndpoints } from './endpoints/access-lists.ts'
import { accessRequestEndpoints } from './endpoints/access-requests.ts'
import { editEndpoints } from './endpoints/edits.ts'
import { engineerEndpoints } from './endpoints/engineers.ts'
import { governanceEventEndpoints } from './endpoints/governance-events.ts'
import { governanceStateEndpoints } from './endpoints/governance-state.ts'
import { healthEndpoints } from './endpoints/health.ts'
import { incidentEndpoints } from './endpoints/incidents.ts'
import { ledgerEndpoints } from './endpoints/ledgers.ts'
import { lineageEndpoints } from './endpoints/lineage.ts'
import { meEndpoints } from './endpoints/me.ts'
import { ontologySubscriptionEndpoints } from './endpoints/ontology-subscriptions.ts'
import { openingEndpoints } from './endpoints/openings.ts'
import { oversightEndpoints } from './endpoints/oversight.ts'
import { pageEndpoints } from './endpoints/pages.ts'
import { publicEndpoints } from './endpoints/public.ts'
import { rightsEndpoints } from './endpoints/rights.ts'
import { scimEndpoints } from './endpoints/scim.ts'
import { signInEndpoints } from './endpoints/sign-in.ts'
import { ontologyActionEndpoints } from './ontology/actions.ts'
import { ontologyMetadataEndpoints } from './ontology/metadata.ts'
import { ontologyObjectSetEndpoints } from './ontology/object-sets.ts'
import { ontologyObjectEndpoints } from './ontology/objects.ts'
import { ontologyQueryEndpoints } from './ontology/queries.ts'

/*
 * Every address that this node answers. Routes, checks of what is sent, the form of what is answered and `/openapi.json`
 * are made from this table and from nothing else.
 *
 * To add one, write it into a list in endpoints/<topic>.ts:
 *
 *   endpoint({
 *     ...{ method: 'GET', path: '/api/v1/tenants/:tenant/purposes', auth: 'either', summary: 'The registered purposes.' },
 *     response: Type.Array(shape({ id: Type.String(), name: Type.String() })),
 *     handler: ({ tenant }) => [...tenant.governance.state().purposes.values()],
 *   }),
 *
 * and name the list below. Before the handler: bearer token or session is proved, the caller is found in post in the
 * register at this moment (of `:tenant`, if the path has one), CSRF and rates are checked, query and body fit their
 * schemas. Being let in is no right: what is read goes through `tenant.gate`, what is changed through governance's own
 * makers of events, with `caller.subject` as who acts, `caller.purposeAt(tenant)` as for what and `at` as when. Throw
 * errors of defineErrors; return what `response` says (what it does not list is left out); for a page or bytes give
 * `response: media('text/html; charset=utf-8')`.
 *
 * And two things that test/tidy/endpoints.test.ts asks for:
 * - a test titled `refused: GET /api/v1/tenants/:tenant/purposes …` that shows a caller without the right turned away
 *   (for `auth: 'public'`: `public facts only: GET …`; for a family tried in one loop: `refused: POST /api/v1/a/… …`); src/http/endpoints.test.ts tries every endpoint of the table
 *   without a session, with somebody else's tenant and without CSRF by itself;
 * - a summary of one sentence: docs/reference/http.md is made of it (`node tools/reference-docs/main.ts`).
 */
export const endpoints: readonly Endpoint[] = [
  ...healthEndpoints,
  ...signInEndpoints,
  ...meEndpoints,
  ...accessEndpoints,
  ...accessRequestEndpoints,
  ...accessListEndpoints,
  ...governanceEventEndpoints,
  ...governanceStateEndpoints,
  ...openingEndpoints,
  ...editEndpoints,
  ...engineerEndpoints,
  ...oversightEndpoints,
  ...lineageEndpoints,
  ...incidentEndpoints,
  ...rightsEndpoints,
  ...ledgerEndpoints,
  ...publicEndpoints,
  ...ontologyActionEndpoints,
  ...ontologyMetadataEndpoints,
  ...ontologyObjectEndpoints,
  ...ontologyObjectSetEndpoints,
  ...ontologyQueryEndpoints,
  ...ontologySubscriptionEndpoints,
  ...scimEndpoints,
  ...pageEndpoints,
]
