import { importJWK, type JWK, SignJWT } from 'jose'
import type { Clock, Random } from '#kernel'
import { objectIn } from '#kernel'
import { fhirServerErrors } from './errors.ts'
import { type CheckedSettings, wrong } from './settings.ts'
import type { Tokens, Wire } from './wire.ts'

/** RS384 and ES384 are SMART's; NHS England's API platform takes RS512. */
const algorithms = ['RS384', 'ES384', 'RS512']
const [assertionSeconds, earlySeconds, lifeSecondsUnsaid] = [240, 30, 60]
const answerBytesMax = 100_000

/**
 * SMART Backend Services: a token for a signed assertion (RFC 7523, `private_key_jwt`), kept until shortly before it ends.
 * The key is read anew for each. FDP_FHIRSERVER_SIGN_IN, FDP_FHIRSERVER_SETTINGS.
 */
export function tokensOf(
  { signIn, settings }: CheckedSettings,
  secret: (file: string) => string,
  { clock, random }: { readonly clock: Clock; readonly random: Random },
): Tokens | null {
  if (signIn === null) return null
  const { tokenUrl, clientId, keyFile } = signIn
  let held: { readonly token: string; readonly untilSeconds: number } | null = null
  const nowSeconds = () => Math.trunc(Date.parse(clock.now()) / 1_000)

  async function assertion(): Promise<string> {
    const { key, alg, kid } = await privateKey(secret(keyFile))
    const now = nowSeconds()
    return await new SignJWT({ jti: Buffer.from(random.bytes(16)).toString('base64url') })
      .setProtectedHeader({ alg, kid, typ: 'JWT' })
      .setIssuer(clientId)
      .setSubject(clientId)
      .setAudience(tokenUrl.href)
      .setIssuedAt(now)
      .setExpirationTime(now + assertionSeconds)
      .sign(key)
  }

  return {
    async token(wire) {
      if (held && nowSeconds() < held.untilSeconds) return held.token
      const form = new URLSearchParams({
        grant_type: 'client_credentials',
        ...(settings.scope === undefined ? {} : { scope: settings.scope }),
        client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
        client_assertion: await assertion(),
      })
      const { token, lifeSeconds } = await ask(wire, tokenUrl, form)
      held = { token, untilSeconds: nowSeconds() + Math.max(lifeSeconds - earlySeconds, 1) }
      return token
    },
    forget(token) {
      if (held?.token === token) held = null
    },
  }
}

async function ask(wire: Wire, url: URL, form: URLSearchParams): Promise<{ token: string; lifeSeconds: number }> {
  const { reply, text } = await wire.text(
    {
      ...{ method: 'POST', url, body: form.toString(), signed: false, allowed: () => false },
      headers: { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' },
    },
    answerBytesMax,
  )
  const refused = (what: string) => fhirServerErrors('FDP_FHIRSERVER_SIGN_IN', { what })
  if (reply.status !== 200) throw refused(`status ${reply.status} where tokens are given`)
  const { access_token: token, token_type: type, expires_in: life } = objectIn(text) ?? {}
  if (typeof token !== 'string' || !/^[\w~+./=-]{1,16384}$/.test(token) || !/^bearer$/i.test(String(type))) {
    throw refused('no bearer token where tokens are given')
  }
  const said = typeof life === 'number' && life > 0 ? Math.min(life, 86_400) : lifeSecondsUnsaid
  return { token, lifeSeconds: said }
}

async function privateKey(text: string) {
  const jwk = objectIn(text) as JWK | null
  const { alg, kid } = jwk ?? {}
  if (jwk === null || typeof alg !== 'string' || !algorithms.includes(alg) || typeof kid !== 'string' || !jwk.d) {
    throw wrong('the key file is no private JWK with `kid` and `alg`')
  }
  const key = await importJWK(jwk, alg).catch(() => null)
  if (key === null) throw wrong('the key file holds no key of its `alg`')
  return { key, alg, kid }
}
