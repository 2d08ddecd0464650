import type { ObjectPage } from '#ontology'

/** A page in the form of the wire. Objects are JSON already, made by the engine; nothing here reads them. */
export function pageText(
  { objects, nextPageToken, totalCount }: ObjectPage,
  more: Readonly<Record<string, unknown>> = {},
): string {
  const token = nextPageToken === null ? {} : { nextPageToken }
  const rest = JSON.stringify({ ...token, totalCount: String(totalCount), ...more })
  return `{"data":[${objects.join(',')}],${rest.slice(1)}`
}
