import { addDays, type DateOnly } from '#kernel'
import { syntheticErrors } from '../errors.ts'
import { clockAt, type Hospital, openedOn } from './hospital.ts'
import { databaseAt, databaseSchema } from './tell-database.ts'
import { resourcesAt } from './tell-fhir.ts'
import { filesOf, listingStatus, listingsAt } from './tell-files.ts'
import { endOf, messagesBetween } from './tell-messages.ts'

export interface HospitalDay {
  /** Outlet, what it tells of, how many. */
  readonly figures: readonly (readonly [string, string, number])[]
  readonly files: readonly { readonly path: string; readonly bytes: Buffer }[]
}

/** What the hospital tells of a day: its messages, and everything else as it stands at the end. FDP_SYNTHETIC_HOSPITAL_DAY. */
export function hospitalDay(hospital: Hospital, day: DateOnly): HospitalDay {
  if (day < openedOn) throw syntheticErrors('FDP_SYNTHETIC_HOSPITAL_DAY', { opened: openedOn })
  const at = endOf(day)
  const messages = messagesBetween(hospital, clockAt(day, 0), clockAt(addDays(day, 1), 0))
  const resources = Object.entries(resourcesAt(hospital, at))
  const listings = listingsAt(hospital, at)
  const waits = (status: string) => listings.filter((listing) => listingStatus(listing, at) === status).length
  const events = Map.groupBy(messages, ({ id }) => id.slice(0, 3))
  const statements = databaseAt(hospital, at)
  const tables = [...statements.matchAll(/COPY (\S+) FROM stdin;\n([\s\S]*?)\\\.\n/g)]
  // A file that is put right has the name of the one before.
  const nightly = new Map(filesOf(hospital, day).map(({ name, bytes }) => [name, bytes]))
  return {
    figures: [
      ['files', 'waiting without a date', waits('W')],
      ['files', 'waiting with a date', waits('T')],
      ...[...events].toSorted().map(([event, of]) => ['messages', event, of.length] as const),
      ...resources.map(([type, of]) => ['fhir', type, of.length] as const),
      ...tables.map(([, table = '', rows = '']) => ['database', table, rows.split('\n').length - 1] as const),
    ],
    files: [
      ...[...nightly].map(([name, bytes]) => ({ path: `files/${name}`, bytes })),
      { path: 'messages.hl7', bytes: Buffer.concat(messages.map(({ bytes }) => bytes)) },
      ...resources.map(([type, of]) => ({
        path: `fhir/${type}.ndjson`,
        bytes: Buffer.from(of.map((resource) => `${JSON.stringify(resource)}\n`).join('')),
      })),
      { path: 'database.sql', bytes: Buffer.from(`${databaseSchema('change-me')}${statements}`) },
    ],
  }
}
