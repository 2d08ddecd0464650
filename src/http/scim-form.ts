import type { FdpError } from '#kernel'

/** The media type of SCIM (RFC 7644 section 8.1). */
export const scimMediaType = 'application/scim+json'
export const scimType = `${scimMediaType}; charset=utf-8`

export function isScim(url: string): boolean {
  return url.startsWith('/scim/')
}

/** What SCIM calls our mistakes, where it has a word (RFC 7644 section 3.12). */
const words: Readonly<Record<string, string>> = {
  FDP_STAFF_SCIM_VALUE: 'invalidValue',
  FDP_STAFF_KIND: 'invalidValue',
  FDP_STAFF_MANAGER: 'invalidValue',
  FDP_STAFF_SCIM_PATH: 'invalidPath',
  FDP_STAFF_SCIM_FILTER: 'invalidFilter',
  FDP_STAFF_SCIM_UNIQUE: 'uniqueness',
  FDP_HTTP_REQUEST: 'invalidSyntax',
}

/** The fields of SCIM's own form of an error, for beside ours. */
export function scimError({ code, status, message, help }: FdpError): object {
  return {
    schemas: ['urn:ietf:params:scim:api:messages:2.0:Error'],
    status: String(status),
    ...(words[code] === undefined ? {} : { scimType: words[code] }),
    detail: `${message}; next: ${help}`,
  }
}
