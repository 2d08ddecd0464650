const prefix = 'Bearer-'

/**
 * A page's websocket sends no `Authorization` header, so the client offers its token as a subprotocol, which is the only
 * one it offers. Null where that is not what was sent.
 */
export function bearerOfSocket(offered: string | undefined): string | null {
  const text = offered?.trim() ?? ''
  return /^Bearer-[A-Za-z0-9._~+-]+$/.test(text) ? text.slice(prefix.length) : null
}

/** The subprotocol that is accepted, said back as the protocol asks (RFC 6455 section 4.2.2). */
export function acceptedProtocol(offered: ReadonlySet<string>): string | false {
  return [...offered].find((each) => bearerOfSocket(each) !== null) ?? false
}
