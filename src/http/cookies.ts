import type { FastifyReply } from 'fastify'

export interface CookieKind {
  readonly name: string
  readonly secure: boolean
}

/**
 * `__Host-` makes a browser refuse a cookie that another host or a page without TLS set (RFC 6265bis, 4.1.3.2). It needs
 * TLS: on this machine without one, the plain name.
 */
function cookieKind(origin: string, name: string): CookieKind {
  const secure = origin.startsWith('https:')
  return { secure, name: secure ? `__Host-${name}` : name }
}

export const sessionCookie = (origin: string): CookieKind => cookieKind(origin, 'fdp_session')
export const signInCookie = (origin: string): CookieKind => cookieKind(origin, 'fdp_sign_in')

/** No script sees it, and other sites' forms do not send it. It ends with the browser. */
export function setCookie(reply: FastifyReply, { name, secure }: CookieKind, value: string): void {
  reply.setCookie(name, value, { httpOnly: true, sameSite: 'lax', path: '/', secure })
}

export function dropCookie(reply: FastifyReply, { name, secure }: CookieKind): void {
  reply.clearCookie(name, { httpOnly: true, sameSite: 'lax', path: '/', secure })
}
