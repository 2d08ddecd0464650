import type { DateOnly } from '#kernel'
import { fhirServerErrors } from './errors.ts'
import type { CheckedSettings } from './settings.ts'

const urlCharactersMax = 8_000

/** Which addresses may be asked. */
export type Allowed = (url: URL) => boolean

/** What lies below the base address. */
export function belowBase({ base }: CheckedSettings): Allowed {
  const path = base.pathname === '/' ? '' : base.pathname
  return (url) =>
    url.origin === base.origin &&
    (url.pathname === path || url.pathname.startsWith(`${path}/`)) &&
    !/%2f|%5c/i.test(url.pathname)
}

export function atServer({ base }: CheckedSettings): Allowed {
  return (url) => url.origin === base.origin
}

export function whereFilesLie({ base, fileOrigins }: CheckedSettings): Allowed {
  return (url) => url.origin === base.origin || fileOrigins.has(url.origin)
}

/** An address that the server gave, resolved from where it gave it. `what` names it in FDP_FHIRSERVER_ELSEWHERE. */
export function followed(text: unknown, from: URL, allowed: Allowed, what: string): URL {
  const fits = typeof text === 'string' && text.length <= urlCharactersMax && URL.canParse(text, from.href)
  const url = fits ? new URL(text, from) : null
  if (url === null || url.username || url.password || !allowed(url)) {
    throw fhirServerErrors('FDP_FHIRSERVER_ELSEWHERE', { what })
  }
  url.hash = ''
  return url
}

export interface AskedFor {
  readonly url: URL
  readonly isExport: boolean
}

/** A question as an address below the base, `{day}` filled in. FDP_FHIRSERVER_QUESTION for what is no question. */
export function addressOf(text: string, day: DateOnly, checked: CheckedSettings): AskedFor {
  const line = text.trim().replaceAll('{day}', day)
  const [path = ''] = line.split('?')
  if (line.length > urlCharactersMax) throw notTaken('it is too long')
  if (!/^[!-~]+$/.test(line) || /[{}#\\]/.test(line)) throw notTaken('it holds characters that belong in no address')
  const steps = path === '' ? [] : path.split('/')
  const { base, settings } = checked
  const url = new URL(`${base.href.replace(/\/$/, '')}${path === '' ? '' : '/'}${line}`)
  if (!steps.every((step) => /^(?!\.\.?$)[A-Za-z0-9$._-]+$/.test(step)) || !belowBase(checked)(url)) {
    throw notTaken('its path does not begin at the base address')
  }
  const isExport = path.split('/').at(-1) === '$export'
  if (isExport) return { url: withParameter(url, '_outputFormat', 'application%2Ffhir%2Bndjson'), isExport }
  return { url: withParameter(url, '_count', String(settings.pageSize)), isExport }
}

/** What is written out stays as it was written. */
function withParameter(url: URL, name: string, value: string): URL {
  if (!url.searchParams.has(name)) url.search += `${url.search === '' ? '?' : '&'}${name}=${value}`
  return url
}

function notTaken(what: string): Error {
  return fhirServerErrors('FDP_FHIRSERVER_QUESTION', { what })
}
